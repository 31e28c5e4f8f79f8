// SPDX-License-Identifier: Apache-2.0
#include "controlplane/sandbox/backend_protocol.hpp"

#include <nlohmann/json.hpp>

#include "controlplane/sandbox/name.hpp"

namespace faastax::sandbox {
namespace {

using nlohmann::json;

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

json spec_json(const char* type, const InstanceSpec& spec) {
  return {{"type", type},
          {"namespace", spec.space},
          {"function", spec.function},
          {"instance", spec.instance},
          {"memory_limit_bytes", spec.memory_limit_bytes},
          {"cpu_limit_cores", spec.cpu_limit_cores},
          {"concurrency", spec.concurrency},
          {"policy", spec.policy},
          {"decision", spec.decision}};
}

// Whatever back-end is told of it makes folders and cgroups of that name, and removes them.
std::string name_at(const json& message, const char* key) {
  std::string name = message.at(key);
  if (!is_name(name)) throw json::other_error::create(501, std::string(key) + " is not a name", &message);
  return name;
}

InstanceSpec spec_of(const json& message) {
  return {.space = name_at(message, "namespace"),
          .function = name_at(message, "function"),
          .instance = message.at("instance"),
          .memory_limit_bytes = message.value("memory_limit_bytes", std::uint64_t{0}),
          .cpu_limit_cores = message.value("cpu_limit_cores", 0.0),
          .concurrency = message.value("concurrency", std::uint32_t{1}),
          .policy = message.value("policy", ""),
          .decision = message.value("decision", "")};
}

// A reason may quote what another program printed, in whatever bytes.
std::string line_of(const json& message) {
  return message.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

BackendRequest request_of(const json& message) {
  const std::string type = message.at("type");
  if (type == "prepare") return PrepareMessage{spec_of(message)};
  if (type == "start") {
    (void)name_at(message, "instance");  // a function that is only prepared has none
    return StartMessage{spec_of(message)};
  }
  if (type == "stop") return StopMessage{name_at(message, "instance")};
  throw json::other_error::create(501, "no request is called " + type, &message);
}

InstanceEvent event_of(const json& message) {
  const std::string type = message.at("type");
  if (type == "ready") {
    return InstanceReady{.instance = message.at("instance"),
                         .address = message.at("address"),
                         .port = message.at("port"),
                         .network = message.value("network", ""),
                         .node = message.value("node", "")};
  }
  if (type == "failed") return InstanceFailed{message.at("instance"), message.value("reason", "")};
  if (type == "gone") return InstanceGone{message.at("instance"), message.value("reason", "")};
  throw json::other_error::create(501, "no event is called " + type, &message);
}

template <class Result, class Reader>
std::expected<Result, std::string> decode(std::string_view line, Reader reader) {
  try {
    return reader(json::parse(line));
  } catch (const json::exception& error) {
    return std::unexpected(std::string("not a message: ") + error.what());
  }
}

}  // namespace

std::string encode(const BackendRequest& request) {
  return line_of(std::visit(
      Overloaded{[](const PrepareMessage& prepare) { return spec_json("prepare", prepare.spec); },
                 [](const StartMessage& start) { return spec_json("start", start.spec); },
                 [](const StopMessage& stop) { return json{{"type", "stop"}, {"instance", stop.instance}}; }},
      request));
}

std::string encode(const InstanceEvent& event) {
  return line_of(std::visit(
      Overloaded{[](const InstanceReady& ready) {
                   return json{{"type", "ready"},    {"instance", ready.instance}, {"address", ready.address},
                               {"port", ready.port}, {"network", ready.network},   {"node", ready.node}};
                 },
                 [](const InstanceFailed& failed) {
                   return json{{"type", "failed"}, {"instance", failed.instance}, {"reason", failed.reason}};
                 },
                 [](const InstanceGone& gone) {
                   return json{{"type", "gone"}, {"instance", gone.instance}, {"reason", gone.reason}};
                 }},
      event));
}

std::expected<BackendRequest, std::string> decode_request(std::string_view line) {
  return decode<BackendRequest>(line, request_of);
}

std::optional<InstanceFailed> refusal_of(std::string_view line, const std::string& reason) {
  const json message = json::parse(line, nullptr, false);
  if (!message.is_object() || message.value("type", json()) != "start") return std::nullopt;
  const json instance = message.value("instance", json());
  if (!instance.is_string()) return std::nullopt;
  return InstanceFailed{instance.get<std::string>(), reason};
}

std::expected<InstanceEvent, std::string> decode_event(std::string_view line) {
  return decode<InstanceEvent>(line, event_of);
}

}  // namespace faastax::sandbox
