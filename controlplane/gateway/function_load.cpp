// SPDX-License-Identifier: Apache-2.0
#include "controlplane/gateway/function_load.hpp"

#include <fmt/format.h>

#include <functional>

namespace faastax::gateway {
namespace {

std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

std::string labels_of(const FunctionLoad& load) {
  return fmt::format("namespace=\"{}\",function=\"{}\"", escaped(load.space), escaped(load.function));
}

std::string header(std::string_view name, std::string_view type, std::string_view help) {
  return fmt::format("# HELP faastax_gateway_{0} {2}\n# TYPE faastax_gateway_{0} {1}\n", name, type, help);
}

}  // namespace

std::string exposition(const std::vector<FunctionLoad>& functions) {
  const auto by_function = [&](std::string_view name, std::string_view help,
                               std::size_t FunctionLoad::* value) {
    std::string text = header(name, "gauge", help);
    for (const FunctionLoad& load : functions)
      text += fmt::format("faastax_gateway_{}{{{}}} {}\n", name, labels_of(load), load.*value);
    return text;
  };
  const auto by_track = [&](std::string_view name, std::string_view type, std::string_view help, auto value) {
    std::string text = header(name, type, help);
    for (const FunctionLoad& load : functions) {
      for (const FunctionLoad::OfTrack& of : load.tracks) {
        text += fmt::format("faastax_gateway_{}{{{},track=\"{}\"}} {}\n", name, labels_of(load), of.track,
                            std::invoke(value, of));
      }
    }
    return text;
  };
  return by_function("function_in_flight", "Requests of the function that an instance has.",
                     &FunctionLoad::in_flight) +
         by_function("function_waiting", "Requests of the function that wait for an instance.",
                     &FunctionLoad::waiting) +
         by_track("instances", "gauge", "Instances that start, serve or are being removed.",
                  &FunctionLoad::OfTrack::instances) +
         by_track("decisions_total", "counter", "Scaling decisions.", &FunctionLoad::OfTrack::decisions);
}

}  // namespace faastax::gateway
