// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>

#include "agent/base/printable.hpp"
#include "ledger/json_nesting.hpp"
#include "ledger/report_json.hpp"

namespace faastax::ledger {
namespace {

using Json = nlohmann::ordered_json;

/// A place in the document. The first error of all places made from one root is kept.
class Place {
 public:
  Place(const Json& json, std::string path, std::string& error)
      : json_(&json), path_(std::move(path)), error_(&error) {}

  Place at(std::string_view key) const {
    static const Json kNothing;
    const std::string path = path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
    if (json_->is_object()) {
      const auto found = json_->find(std::string(key));
      if (found != json_->end()) return {*found, path, *error_};
    }
    fail_at(path, "is missing");
    return {kNothing, path, *error_};
  }

  bool is_null() const { return json_->is_null(); }
  bool has(std::string_view key) const { return json_->is_object() && json_->contains(std::string(key)); }

  void read(double& value) const {
    if (json_->is_number()) {
      value = json_->get<double>();
    } else {
      fail("must be a number");
    }
  }

  void read(std::uint64_t& value) const {
    if (json_->is_number_unsigned()) {
      value = json_->get<std::uint64_t>();
    } else {
      fail("must be a whole number");
    }
  }

  void read(bool& value) const {
    if (json_->is_boolean()) {
      value = json_->get<bool>();
    } else {
      fail("must be true or false");
    }
  }

  void read(unsigned& value) const {
    std::uint64_t wide = 0;
    read(wide);
    if (!std::in_range<unsigned>(wide)) fail("is too large");
    value = static_cast<unsigned>(wide);
  }

  void read(std::string& value) const {
    if (json_->is_string()) {
      value = json_->get<std::string>();
    } else {
      fail("must be a string");
    }
  }

  template <typename T>
  void read(std::optional<T>& value) const {
    value.reset();
    if (!json_->is_null()) read(value.emplace());
  }

  template <typename Enum, std::size_t N>
  void read_name(Enum& value, const std::array<std::string_view, N>& names) const {
    std::string name;
    read(name);
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) return fail(fmt::format("has the unknown value \"{}\"", name));
    value = static_cast<Enum>(found - names.begin());
  }

  /// A number for each name that is there; a name that this version does not know is an error, because
  /// leaving its share out would make sums wrong without a word.
  void read_by_name(std::span<double> values, std::span<const std::string_view> names) const {
    if (!json_->is_object()) return fail("must be an object");
    for (const auto& [key, item] : json_->items()) {
      const auto found = std::ranges::find(names, key);
      const Place place{item, fmt::format("{}.{}", path_, key), *error_};
      if (found == names.end()) return place.fail("is unknown");
      place.read(values[static_cast<std::size_t>(found - names.begin())]);
    }
  }

  template <typename T>
  void read(std::map<std::string, T>& values) const {
    if (!json_->is_object()) return fail("must be an object");
    for (const auto& [key, item] : json_->items()) at(key).read(values[key]);
  }

  void read(std::vector<std::string>& items) const {
    read(items, +[](const Place& place, std::string& item) { place.read(item); });
  }

  template <typename T>
  void read(std::vector<T>& items, void (*read_item)(const Place&, T&)) const {
    if (!json_->is_array()) return fail("must be an array");
    for (std::size_t i = 0; i < json_->size(); ++i) {
      read_item(Place{(*json_)[i], fmt::format("{}[{}]", path_, i), *error_}, items.emplace_back());
    }
  }

 private:
  void fail(std::string_view what) const { fail_at(path_, what); }
  void fail_at(std::string_view path, std::string_view what) const {
    if (error_->empty()) *error_ = base::printable(fmt::format("{} {}", path, what));
  }

  const Json* json_;
  std::string path_;
  std::string* error_;
};

void read_percentiles(const Place& place, Percentiles& values) {
  if (place.has("p50")) place.at("p50").read(values.p50);
  if (place.has("p99")) place.at("p99").read(values.p99);
}

void read_node(const Place& place, NodeInfo& info) {
  place.at("name").read(info.name);
  place.at("kernel").read(info.kernel);
  place.at("cpus").read(info.cpus);
  place.at("cgroup").read(info.cgroup);
  place.at("cycle_source").read(info.cycle_source);
  place.at("runtime_versions").read(info.runtime_versions);
}

void read_component(const Place& place, ComponentCpu& of) {
  place.at("component").read(of.component);
  place.at("activity").read_name(of.activity, kActivityNames);
  place.at("seconds").read(of.seconds);
  place.at("inferred_seconds").read(of.inferred_seconds);
}

void read_cpu(const Place& place, Report& report) {
  place.at("wall_cpu_seconds").read(report.wall_cpu_seconds);
  place.at("idle_seconds").read(report.idle_seconds);
  place.at("steal_seconds").read(report.steal_seconds);
  place.at("busy_seconds").read(report.busy_seconds);
  place.at("unsettled_seconds").read(report.unsettled_seconds);
  place.at("residual_seconds").read(report.residual_seconds);
  if (place.has("carved_seconds")) place.at("carved_seconds").read(report.carved_seconds);  // newer than some
  for (std::size_t i = 0; i < kActivities; ++i) {
    const Place activity = place.at("by_activity").at(kActivityNames[i]);
    activity.at("seconds").read(report.by_activity[i].seconds);
    activity.at("inferred_seconds").read(report.by_activity[i].inferred_seconds);
    activity.at("cycles").read(report.by_activity[i].cycles);
    activity.at("instructions").read(report.by_activity[i].instructions);
  }
  place.at("by_component").read(report.by_component, read_component);
  const Place apportioning = place.at("apportioning");
  apportioning.at("state").read_name(report.apportioning.state, kApportioningStateNames);
  apportioning.at("baseline_cpus").read(report.apportioning.baseline_cpus);
  place.at("idle_cycles").read(report.idle_cycles);
  place.at("refused_readings").read(report.refused_readings);
}

void read_memory(const Place& place, Report& report) {
  const Place byte_seconds = place.at("byte_seconds");
  for (std::size_t i = 0; i < kInstanceStates; ++i) {
    byte_seconds.at(kInstanceStateNames[i]).read(report.memory.byte_seconds[i]);
  }
  byte_seconds.at("overhead").read(report.memory.overhead_byte_seconds);
  place.at("reserved_byte_seconds").read(report.reserved_byte_seconds);
  place.at("dying_cgroups").read(report.dying_cgroups);
}

void read_bucket(const Place& place, DurationBucket& of) {
  place.at("above").read(of.above);
  std::optional<double> le;
  place.at("le").read(le);
  of.le = le.value_or(std::numeric_limits<double>::infinity());
  place.at("count").read(of.count);
}

void read_timeline_point(const Place& place, TimelinePoint& of) {
  place.at("start_seconds").read(of.start_seconds);
  place.at("seconds").read(of.seconds);
  place.at("cpu_seconds").read_by_name(of.cpu_seconds, kActivityNames);
  place.at("idle_seconds").read(of.idle_seconds);
  const Place memory = place.at("memory_byte_seconds");
  for (std::size_t i = 0; i < kInstanceStates; ++i) {
    memory.at(kInstanceStateNames[i]).read(of.memory_byte_seconds[i]);
  }
  memory.at("overhead").read(of.overhead_byte_seconds);
  place.at("started").read(of.started);
  place.at("requests").read(of.completed);
}

void read_instances(const Place& place, Report& report) {
  place.at("live_at_start").read(report.live_at_start);
  place.at("started").read(report.started);
  place.at("stopped").read(report.stopped);
  place.at("live_at_end").read(report.live_at_end);
  place.at("create_failed").read(report.create_failed);
  place.at("served_none").read(report.served_none);
  read_percentiles(place.at("cold_start_seconds"), report.cold_start_seconds);
  // Added to v1 later, as the timeline.
  if (place.has("cold_start_buckets")) {
    place.at("cold_start_buckets").read(report.cold_start_buckets, read_bucket);
  }
}

void read_requests(const Place& place, RequestCounts& of) {
  place.at("requests").read(of.completed);
  place.at("requests_inferred").read(of.inferred);
  place.at("aborted").read(of.aborted);
  place.at("probes").read(of.probes);
  place.at("in_flight_peak").read(of.in_flight_peak);
}

void read_function(const Place& place, FunctionReport& of) {
  place.at("namespace").read(of.space);
  place.at("function").read(of.function);
  place.at("track").read_name(of.track, kTrackNames);
  place.at("started").read(of.started);
  read_requests(place, of.requests);
  read_percentiles(place.at("request_seconds"), of.request_seconds);
  place.at("cpu_seconds").read_by_name(of.cpu_seconds, kActivityNames);
  place.at("inferred_seconds").read(of.inferred_seconds);
  place.at("cycles").read(of.cycles);
  place.at("instructions").read(of.instructions);
  place.at("memory_byte_seconds").read_by_name(of.memory_byte_seconds, kInstanceStateNames);
  place.at("churn_ratio").read(of.churn_ratio);
}

void read_instance(const Place& place, InstanceReport& of) {
  place.at("uid").read(of.uid);
  place.at("sandbox").read(of.sandbox);
  place.at("namespace").read(of.space);
  place.at("function").read(of.function);
  place.at("track").read_name(of.track, kTrackNames);
  place.at("kind").read(of.kind);
  place.at("live_at_start").read(of.live_at_start);
  place.at("own_seconds").read(of.own_seconds);
  place.at("carved_seconds").read(of.carved_seconds);
  place.at("cycles").read(of.cycles);
  place.at("instructions").read(of.instructions);
  place.at("cpu_seconds").read_by_name(of.cpu_seconds, kActivityNames);
  read_requests(place, of.requests);
  place.at("cold_start_seconds").read(of.cold_start_seconds);
  place.at("memory_byte_seconds").read_by_name(of.memory_byte_seconds, kInstanceStateNames);
  place.at("memory_peak_bytes").read(of.memory_peak_bytes);
  place.at("ended").read(of.ended);
}

void read_program(const Place& place, ProgramCost& of) {
  place.at("name").read(of.name);
  place.at("runs").read(of.runs);
  place.at("ns_per_run").read(of.ns_per_run);
}

void read_scaling_instances(const Place& place, ScalingInstances& of) {
  place.at("by_decision").read(of.by_decision);
  place.at("repairs").read(of.repairs);
  place.at("undecided").read(of.undecided);
  place.at("unobserved").read(of.unobserved);
  place.at("failed").read(of.failed);
  place.at("mismatched").read(of.mismatched);
  place.at("duplicates").read(of.duplicates);
}

void read_scaling_group(const Place& place, ScalingGroup& of) {
  place.at("policy").read(of.policy);
  place.at("track").read_name(of.track, kTrackNames);
  place.at("decisions").read(of.decisions);
  place.at("scale_ups").read(of.scale_ups);
  place.at("instances").read(of.instances);
  place.at("repairs").read(of.repairs);
  place.at("failed").read(of.failed);
  place.at("served_none").read(of.served_none);
  place.at("requests").read(of.requests);
  place.at("cpu_seconds").read_by_name(of.cpu_seconds, kActivityNames);
  place.at("memory_byte_seconds").read_by_name(of.memory_byte_seconds, kInstanceStateNames);
  read_percentiles(place.at("scale_up_cpu_seconds"), of.scale_up_seconds);
  place.at("held_requests").read(of.held_requests);
  read_percentiles(place.at("delay_seconds"), of.delay_seconds);
}

void read_scale_up(const Place& place, ScaleUp& of) {
  place.at("decision").read(of.decision);
  place.at("time").read(of.time);
  place.at("policy").read(of.policy);
  place.at("namespace").read(of.space);
  place.at("function").read(of.function);
  place.at("track").read_name(of.track, kTrackNames);
  place.at("instances").read(of.instances);
  place.at("served_none").read(of.served_none);
  place.at("requests").read(of.requests);
  place.at("churn_cpu_seconds").read(of.churn_seconds);
  place.at("idle_cpu_seconds").read(of.idle_seconds);
  place.at("idle_memory_byte_seconds").read(of.idle_byte_seconds);
}

void read_interval(const Place& place, Interval& of) {
  place.at("value").read(of.value);
  place.at("low").read(of.low);
  place.at("high").read(of.high);
}

void read_churn(const Place& place, ChurnLine& of) {
  place.at("periods").read(of.periods);
  if (!place.at("refused").is_null()) return place.at("refused").read(of.refused);
  read_interval(place.at("fixed_cpus"), of.fixed_cpus);
  read_interval(place.at("creation_cpu_seconds"), of.creation_seconds);
  place.at("r_squared").read(of.r_squared);
}

void read_scaling(const Place& place, ScalingReport& of) {
  place.at("decisions").read(of.decisions);
  place.at("scale_ups").read(of.scale_ups);
  place.at("scale_downs").read(of.scale_downs);
  place.at("without_instances").read(of.without_instances);
  read_scaling_instances(place.at("instances"), of.instances);
  place.at("served_none").read(of.served_none);
  read_percentiles(place.at("scale_up_cpu_seconds"), of.scale_up_seconds);
  place.at("held_requests").read(of.held_requests);
  read_percentiles(place.at("delay_seconds"), of.delay_seconds);
  place.at("groups").read(of.groups, read_scaling_group);
  place.at("ups").read(of.ups, read_scale_up);
  place.at("ups_left_out").read(of.ups_left_out);
  place.at("events_lost").read(of.events_lost);
  if (!place.at("churn").is_null()) read_churn(place.at("churn"), of.churn.emplace());
  place.at("problems").read(of.problems);
}

void read_report(const Place& root, Report& report) {
  root.at("window").at("start").read(report.window_start);
  root.at("window").at("seconds").read(report.window_seconds);
  read_node(root.at("node"), report.node);
  read_cpu(root.at("cpu"), report);
  read_memory(root.at("memory"), report);
  root.at("ratios").at("churn_ratio").read(report.ratios.churn);
  root.at("ratios").at("overhead_ratio").read(report.ratios.overhead);
  root.at("ratios").at("memory_ratio").read(report.ratios.memory);
  read_instances(root.at("instances"), report);
  root.at("requests").at("completed").read(report.requests_completed);
  root.at("requests").at("inferred").read(report.requests_inferred);
  root.at("requests").at("aborted").read(report.requests_aborted);
  read_percentiles(root.at("requests").at("seconds"), report.request_seconds);
  if (root.has("timeline")) root.at("timeline").read(report.timeline, read_timeline_point);
  root.at("functions").read(report.functions, read_function);
  if (root.has("instances_detail")) {
    root.at("instances_detail").read(report.instances.emplace(), read_instance);
  }
  root.at("bpf").at("estimated_seconds").read(report.bpf_estimated_seconds);
  root.at("bpf").at("programs").read(report.programs, read_program);
  if (!root.at("scaling").is_null()) read_scaling(root.at("scaling"), report.scaling.emplace());
  root.at("lost").at("events").read(report.lost_events);
  root.at("lost").at("records").read(report.lost_records);
}

}  // namespace

std::expected<Report, std::string> report_from_json(std::string_view text) {
  if (is_nested_too_deep(text)) return std::unexpected("the report is nested too deep");
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return std::unexpected("the report is not a JSON object");
  std::string error;
  const Place root{json, "", error};
  std::string schema;
  root.at("schema").read(schema);
  if (error.empty() && schema != kReportSchema) {
    return std::unexpected(
        fmt::format("the report is of schema \"{}\", not {}", base::printable(schema), kReportSchema));
  }
  Report report;
  read_report(root, report);
  if (!error.empty()) return std::unexpected("report: " + error);
  return report;
}

}  // namespace faastax::ledger
