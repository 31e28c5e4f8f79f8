// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/knative_options.hpp"

#include <limits>

namespace faastax::policy {
namespace {

using enum Parameter::Kind;

constexpr double kAny = std::numeric_limits<double>::infinity();
constexpr double kLongest = 86400;
constexpr double kMostInstances = 1e6;

double seconds(Time time) { return std::chrono::duration<double>(time).count(); }

std::vector<Parameter> around_options(const AutoscalerParameters& d) {
  auto of = [](std::int64_t count) { return static_cast<double>(count); };
  return {
      {"initial_scale", kCount, of(d.initial_scale), 0, kMostInstances,
       "instances when a function is deployed", false},
      {"min_scale", kCount, of(d.min_scale), 0, kMostInstances, "instances at least", false},
      {"max_scale", kCount, of(d.max_scale), 0, kMostInstances, "instances at most; 0: any number", false},
      {"grace_s", kSeconds, seconds(d.grace), 0, kLongest, "how long an inactive function keeps its last one",
       false},
      {"retention_s", kSeconds, seconds(d.retention), 0, kLongest,
       "the same, where longer than the grace period", false},
  };
}

}  // namespace

std::vector<Parameter> knative_options(const KpaParameters& d, const AutoscalerParameters& around) {
  std::vector<Parameter> options = {
      {"window_s", kSeconds, seconds(d.window), 1, kLongest, "stable window"},
      {"panic_window_percent", kNumber, d.panic_window_percent, 0.1, 100, "panic window, of the stable one"},
      {"panic_threshold", kNumber, d.panic_threshold, 0, kAny,
       "panic when so many times the ready instances are wanted; inf: never"},
      {"concurrency", kNumber, d.concurrency, 0, kMostInstances,
       "requests at once in an instance; 0: any number, 100 is aimed at"},
      {"utilization", kNumber, d.utilization, 0.001, 1, "share of the concurrency that is aimed at"},
      {"max_scale_up_rate", kNumber, d.max_scale_up_rate, 1, kAny, "times the ready instances, a decision"},
      {"max_scale_down_rate", kNumber, d.max_scale_down_rate, 1, kAny,
       "the ready ones divided by this, a decision"},
      {"scale_down_delay_s", kSeconds, seconds(d.scale_down_delay), 0, kLongest,
       "a scale is held for so long before it falls"},
      {"activation_scale", kCount, static_cast<double>(d.activation_scale), 0, kMostInstances,
       "any scale above zero is at least this"},
  };
  for (Parameter& option : around_options(around)) options.push_back(std::move(option));
  return options;
}

KpaParameters kpa_parameters(const Values& values, Time bucket) {
  KpaParameters p;
  p.window = values.seconds("window_s");
  p.panic_window_percent = values.number("panic_window_percent");
  p.panic_threshold = values.number("panic_threshold");
  p.concurrency = values.number("concurrency");
  p.utilization = values.number("utilization");
  p.max_scale_up_rate = values.number("max_scale_up_rate");
  p.max_scale_down_rate = values.number("max_scale_down_rate");
  p.scale_down_delay = values.seconds("scale_down_delay_s");
  p.activation_scale = values.count("activation_scale");
  p.bucket = bucket;
  return p;
}

AutoscalerParameters autoscaler_parameters(const Values& values) {
  AutoscalerParameters p;
  p.window = values.seconds("window_s");
  p.initial_scale = values.count("initial_scale");
  p.activation_scale = values.count("activation_scale");
  p.min_scale = values.count("min_scale");
  p.max_scale = values.count("max_scale");
  p.grace = values.seconds("grace_s");
  p.retention = values.seconds("retention_s");
  return p;
}

}  // namespace faastax::policy
