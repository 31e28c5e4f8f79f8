// SPDX-License-Identifier: Apache-2.0
#include "ledger/report_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>

namespace faastax::ledger {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "faastax.report.v1";
constexpr int kSecondsDecimals = 9;
constexpr int kCoarseDecimals = 3;
/// Activities that a function or an instance always shows; `observe` and `other` only when not 0.
constexpr std::size_t kFunctionActivities = 7;

// ---- writing

/// By way of text, because that is stable: reading the result and rounding again changes nothing.
Json rounded(double value, int decimals) {
  if (!std::isfinite(value)) return nullptr;
  const std::string text = fmt::format("{:.{}f}", value, decimals);
  double result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result + 0.0;  // -0 becomes 0
}

Json seconds(double value) { return rounded(value, kSecondsDecimals); }
Json coarse(double value) { return rounded(value, kCoarseDecimals); }

Json or_null(std::optional<double> value, int decimals = kSecondsDecimals) {
  return value ? rounded(*value, decimals) : Json(nullptr);
}

Json or_null(std::optional<std::uint64_t> value) { return value ? Json(*value) : Json(nullptr); }

Json percentiles(const Percentiles& values) {
  Json json = Json::object();
  if (values.p50) json["p50"] = seconds(*values.p50);
  if (values.p99) json["p99"] = seconds(*values.p99);
  return json;
}

Json cpu_by_activity(const std::array<double, kActivities>& values) {
  Json json = Json::object();
  for (std::size_t i = 0; i < kActivities; ++i) {
    if (i < kFunctionActivities || values[i] != 0) json[std::string(kActivityNames[i])] = seconds(values[i]);
  }
  return json;
}

Json bytes_by_state(const std::array<double, kInstanceStates>& values) {
  Json json = Json::object();
  for (std::size_t i = 0; i < kInstanceStates; ++i) {
    json[std::string(kInstanceStateNames[i])] = coarse(values[i]);
  }
  return json;
}

Json node(const NodeInfo& info) {
  return {{"name", info.name},
          {"kernel", info.kernel},
          {"cpus", info.cpus},
          {"cgroup", info.cgroup},
          {"cycle_source", info.cycle_source},
          {"runtime_versions", Json(info.runtime_versions)}};
}

Json apportioning(const Apportioning& of) {
  Json baseline = Json::object();
  for (const auto& [component, cpus] : of.baseline_cpus) baseline[component] = seconds(cpus);
  const std::string_view reason = reason_of(of.state);
  return {{"state", name_of(of.state)},
          {"reason", reason.empty() ? Json() : Json(reason)},
          {"baseline_cpus", std::move(baseline)}};
}

Json cpu(const Report& report) {
  Json by_activity = Json::object();
  for (std::size_t i = 0; i < kActivities; ++i) {
    const ActivityCpu& of = report.by_activity[i];
    by_activity[std::string(kActivityNames[i])] = {{"seconds", seconds(of.seconds)},
                                                   {"inferred_seconds", seconds(of.inferred_seconds)},
                                                   {"cycles", or_null(of.cycles, 0)},
                                                   {"instructions", or_null(of.instructions, 0)}};
  }
  Json by_component = Json::array();
  for (const ComponentCpu& of : report.by_component) {
    by_component.push_back({{"component", of.component},
                            {"activity", name_of(of.activity)},
                            {"seconds", seconds(of.seconds)},
                            {"inferred_seconds", seconds(of.inferred_seconds)}});
  }
  return {{"wall_cpu_seconds", seconds(report.wall_cpu_seconds)},
          {"idle_seconds", seconds(report.idle_seconds)},
          {"steal_seconds", seconds(report.steal_seconds)},
          {"busy_seconds", seconds(report.busy_seconds)},
          {"unsettled_seconds", seconds(report.unsettled_seconds)},
          {"residual_seconds", seconds(report.residual_seconds)},
          {"by_activity", std::move(by_activity)},
          {"by_component", std::move(by_component)},
          {"apportioning", apportioning(report.apportioning)},
          {"idle_cycles", or_null(report.idle_cycles)},
          {"refused_readings", or_null(report.refused_readings)}};
}

Json memory(const Report& report) {
  Json byte_seconds = bytes_by_state(report.memory.byte_seconds);
  byte_seconds["overhead"] = coarse(report.memory.overhead_byte_seconds);
  return {{"byte_seconds", std::move(byte_seconds)},
          {"reserved_byte_seconds", coarse(report.reserved_byte_seconds)},
          {"dying_cgroups", or_null(report.dying_cgroups)}};
}

Json instances(const Report& report) {
  return {{"live_at_start", report.live_at_start},
          {"started", report.started},
          {"stopped", report.stopped},
          {"live_at_end", report.live_at_end},
          {"create_failed", report.create_failed},
          {"served_none", report.served_none},
          {"cold_start_seconds", percentiles(report.cold_start_seconds)}};
}

void add_requests(Json& json, const RequestCounts& of) {
  json["requests"] = or_null(of.completed);
  json["requests_inferred"] = of.inferred;
  json["aborted"] = of.aborted;
  json["probes"] = of.probes;
  json["in_flight_peak"] = of.in_flight_peak;
}

Json function(const FunctionReport& of) {
  Json json = {{"namespace", of.space},
               {"function", of.function},
               {"track", name_of(of.track)},
               {"started", of.started}};
  add_requests(json, of.requests);
  json["request_seconds"] = percentiles(of.request_seconds);
  json["cpu_seconds"] = cpu_by_activity(of.cpu_seconds);
  json["inferred_seconds"] = seconds(of.inferred_seconds);
  json["cycles"] = or_null(of.cycles, 0);
  json["instructions"] = or_null(of.instructions, 0);
  json["memory_byte_seconds"] = bytes_by_state(of.memory_byte_seconds);
  json["churn_ratio"] = or_null(of.churn_ratio);
  return json;
}

Json instance(const InstanceReport& of) {
  Json json = {{"uid", of.uid},
               {"sandbox", of.sandbox},
               {"function", of.function},
               {"track", name_of(of.track)},
               {"kind", of.kind},
               {"own_seconds", seconds(of.own_seconds)},
               {"carved_seconds", seconds(of.carved_seconds)},
               {"cycles", or_null(of.cycles, 0)},
               {"instructions", or_null(of.instructions, 0)},
               {"cpu_seconds", cpu_by_activity(of.cpu_seconds)}};
  add_requests(json, of.requests);
  json["cold_start_seconds"] = or_null(of.cold_start_seconds);
  json["memory_byte_seconds"] = bytes_by_state(of.memory_byte_seconds);
  json["memory_peak_bytes"] = of.memory_peak_bytes;
  json["ended"] = of.ended;
  return json;
}

Json program(const ProgramCost& of) {
  return {{"name", of.name}, {"runs", of.runs}, {"ns_per_run", coarse(of.ns_per_run)}};
}

template <typename T>
Json array_of(const std::vector<T>& items, Json (*write)(const T&)) {
  Json json = Json::array();
  for (const T& item : items) json.push_back(write(item));
  return json;
}

// ---- reading

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
    if (error_->empty()) *error_ = fmt::format("{} {}", path, what);
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

void read_instances(const Place& place, Report& report) {
  place.at("live_at_start").read(report.live_at_start);
  place.at("started").read(report.started);
  place.at("stopped").read(report.stopped);
  place.at("live_at_end").read(report.live_at_end);
  place.at("create_failed").read(report.create_failed);
  place.at("served_none").read(report.served_none);
  read_percentiles(place.at("cold_start_seconds"), report.cold_start_seconds);
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
  place.at("function").read(of.function);
  place.at("track").read_name(of.track, kTrackNames);
  place.at("kind").read(of.kind);
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
  root.at("functions").read(report.functions, read_function);
  if (root.has("instances_detail")) {
    root.at("instances_detail").read(report.instances.emplace(), read_instance);
  }
  root.at("bpf").at("estimated_seconds").read(report.bpf_estimated_seconds);
  root.at("bpf").at("programs").read(report.programs, read_program);
  root.at("lost").at("events").read(report.lost_events);
  root.at("lost").at("records").read(report.lost_records);
}

}  // namespace

std::string to_json(const Report& report) {
  Json json = {{"schema", kSchema},
               {"window", {{"start", report.window_start}, {"seconds", seconds(report.window_seconds)}}},
               {"node", node(report.node)},
               {"cpu", cpu(report)},
               {"memory", memory(report)},
               {"ratios",
                {{"churn_ratio", or_null(report.ratios.churn)},
                 {"overhead_ratio", or_null(report.ratios.overhead)},
                 {"memory_ratio", or_null(report.ratios.memory)}}},
               {"instances", instances(report)},
               {"requests",
                {{"completed", report.requests_completed},
                 {"inferred", report.requests_inferred},
                 {"aborted", report.requests_aborted},
                 {"seconds", percentiles(report.request_seconds)}}},
               {"functions", array_of(report.functions, function)}};
  if (report.instances) json["instances_detail"] = array_of(*report.instances, instance);
  json["bpf"] = {{"estimated_seconds", seconds(report.bpf_estimated_seconds)},
                 {"programs", array_of(report.programs, program)}};
  json["scaling"] = nullptr;
  json["lost"] = {{"events", report.lost_events}, {"records", report.lost_records}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::expected<Report, std::string> report_from_json(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return std::unexpected("the report is not a JSON object");
  std::string error;
  const Place root{json, "", error};
  std::string schema;
  root.at("schema").read(schema);
  if (error.empty() && schema != kSchema) {
    return std::unexpected(fmt::format("the report is of schema \"{}\", not {}", schema, kSchema));
  }
  Report report;
  read_report(root, report);
  if (!error.empty()) return std::unexpected("report: " + error);
  return report;
}

}  // namespace faastax::ledger
