// SPDX-License-Identifier: Apache-2.0
#include "cli/report/store/source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include "collector/join/scaling_report.hpp"
#include "collector/store/totals.hpp"
#include "ledger/distribution.hpp"
#include "ledger/report_builder.hpp"
#include "proto/records.pb.h"
#include "proto/scaling_event.hpp"

namespace faastax::cli::store {
namespace {

using faastax::store::ByEvidence;
using faastax::store::CpuSums;
using faastax::store::Dimension;
using faastax::store::Histogram;
using faastax::store::InstanceGroup;
using faastax::store::InstanceTotals;
using faastax::store::LedgerPoint;
using faastax::store::LedgerTotals;
using faastax::store::NodeDescription;
using faastax::store::NodeGroup;
using faastax::store::OwnerKind;
using faastax::store::Window;
using ledger::index_of;
using ledger::kActivities;
using ledger::Report;

constexpr std::size_t kStretches = 120;
constexpr std::int64_t kLongestJoin = 26 * 3'600'000'000'000;  // a day in whole hours: all is read
constexpr std::int64_t kDecidedBefore = 600'000'000'000;       // for what begins in the window

constexpr std::int64_t kSilentNs = 600'000'000'000;  // a node that says nothing for so long is gone
constexpr std::int64_t kSilentPeriods = 3;           // and longer than so many of its periods

double seconds(std::int64_t ns) { return static_cast<double>(ns) / 1e9; }
double seconds(const ByEvidence& ns) { return seconds(ns[0] + ns[1]); }
double inferred(const ByEvidence& ns) { return seconds(ns[index_of(ledger::Evidence::kInferred)]); }

/// Sums can be below 0 for a moment: when an instance's records come in another order than they were made.
std::uint64_t count(std::int64_t value) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0));
}

std::optional<double> counted(const faastax::store::CpuCells& cells) {
  const std::int64_t all = faastax::store::sum(cells);
  return all > 0 ? std::optional(static_cast<double>(all)) : std::nullopt;
}

ledger::Distribution distribution_of(const Histogram& histogram) {
  std::vector<ledger::Distribution::Bucket> buckets;
  for (const Histogram::Bucket& bucket : histogram.buckets()) {
    if (bucket.count > 0) buckets.push_back({bucket.index, count(bucket.count)});
  }
  return ledger::Distribution::of(buckets, histogram.sum());
}

ledger::Percentiles percentiles_of(const ledger::Distribution& of) {
  return {of.quantile(0.5), of.quantile(0.99)};
}

void add_cpu(report::Row& row, const CpuSums& cpu) {
  for (std::size_t i = 0; i < kActivities; ++i) {
    row.cpu_seconds[i] += seconds(cpu.ns[i]);
    row.inferred_seconds += inferred(cpu.ns[i]);
  }
}

report::Row row_of(std::string name, const InstanceTotals& of) {
  report::Row row{.name = std::move(name),
                  .started = count(of.started),
                  .requests = of.uncounted > 0 ? std::nullopt : std::optional(count(of.requests_completed)),
                  .aborted = count(of.requests_aborted),
                  .memory_byte_seconds = of.memory_byte_seconds};
  add_cpu(row, of.own);
  add_cpu(row, of.served);
  return row;
}

ledger::FunctionReport function_of(const InstanceGroup& group) {
  const InstanceTotals& of = group.totals;
  const report::Row row = row_of(group.key.function, of);
  faastax::store::CpuSums all = of.own;
  all.add(of.served);
  ledger::FunctionReport function;
  function.space = group.key.space;
  function.function = group.key.function;
  function.track = group.key.track;
  function.started = *row.started;
  function.requests = {.completed = row.requests,
                       .inferred = count(of.requests_inferred),
                       .aborted = *row.aborted,
                       .probes = count(of.probes),
                       .in_flight_peak = static_cast<std::uint32_t>(count(of.in_flight_peak))};
  function.cpu_seconds = row.cpu_seconds;
  function.inferred_seconds = row.inferred_seconds;
  function.cycles = counted(all.cycles);
  function.instructions = counted(all.instructions);
  function.memory_byte_seconds = of.memory_byte_seconds;
  function.churn_ratio = churn_ratio(row);
  function.request_seconds = percentiles_of(distribution_of(of.request_seconds));
  return function;
}

void add_ledger(const LedgerTotals& of, Report& report) {
  const CpuSums cpu = of.by_activity();
  double cells = 0;
  for (std::size_t i = 0; i < kActivities; ++i) {
    ledger::ActivityCpu& activity = report.by_activity[i];
    activity.seconds = seconds(cpu.ns[i]);
    activity.inferred_seconds = inferred(cpu.ns[i]);
    const std::int64_t cycles = cpu.cycles[i][0] + cpu.cycles[i][1];
    if (counted(cpu.cycles)) activity.cycles = static_cast<double>(cycles);
    const std::int64_t instructions = cpu.instructions[i][0] + cpu.instructions[i][1];
    if (counted(cpu.instructions)) activity.instructions = static_cast<double>(instructions);
    cells += activity.seconds;
  }
  report.wall_cpu_seconds = seconds(of.wall_ns);
  report.idle_seconds = seconds(of.idle_ns);
  report.steal_seconds = seconds(of.steal_ns);
  report.unsettled_seconds = seconds(of.unsettled_ns);
  report.busy_seconds = cells + report.unsettled_seconds;
  report.residual_seconds = seconds(of.residual_ns);
  report.memory = {of.memory_byte_seconds, of.overhead_byte_seconds};
  report.reserved_byte_seconds = of.reserved_byte_seconds;
  report.bpf_estimated_seconds = of.bpf_estimated_seconds;
  report.lost_events = count(of.lost_events);
  report.lost_records = count(of.lost_records);
  report.apportioning.state = ledger::ApportioningState::kUnknown;
}

void add_components(const LedgerTotals& of, Report& report) {
  for (const auto& [owner, cpu] : of.cpu) {
    if (owner.kind == OwnerKind::kInstance) continue;
    const std::string name =
        owner.kind == OwnerKind::kNode && owner.component.empty() ? "node" : owner.component;
    for (std::size_t i = 0; i < kActivities; ++i) {
      if (cpu.ns[i] == ByEvidence{}) continue;
      report.by_component.push_back(
          {name, static_cast<ledger::Activity>(i), seconds(cpu.ns[i]), inferred(cpu.ns[i])});
    }
  }
  std::ranges::stable_sort(report.by_component, std::ranges::greater{}, &ledger::ComponentCpu::seconds);
}

void add_instances(const std::vector<InstanceGroup>& groups, Report& report) {
  ledger::Distribution requests;
  ledger::Distribution cold_starts;
  for (const InstanceGroup& group : groups) {
    const InstanceTotals& of = group.totals;
    report.functions.push_back(function_of(group));
    report.started += count(of.started);
    report.stopped += count(of.ended);
    report.create_failed += count(of.create_failed);
    report.served_none += count(of.served_none);
    report.live_at_start += count(of.instances - of.started);
    report.requests_completed += count(of.requests_completed);
    report.requests_inferred += count(of.requests_inferred);
    report.requests_aborted += count(of.requests_aborted);
    requests.merge(distribution_of(of.request_seconds));
    cold_starts.merge(distribution_of(of.cold_start_seconds));
  }
  report.request_seconds = percentiles_of(requests);
  report.cold_start_seconds = percentiles_of(cold_starts);
  report.cold_start_buckets = ledger::buckets_of(cold_starts);
  report.live_at_end =
      report.live_at_start + report.started - std::min(report.stopped, report.live_at_start + report.started);
}

/// Instances' records say when each began and ended, and an agent that was killed says nothing of the end:
/// how many lived at the window's end is what the nodes' latest ledgers say, and at its start as many less
/// those that began, and those that ended. Records alone, as before, where an agent's ledgers do not say.
void add_live(const std::vector<NodeGroup>& nodes, std::int64_t end_ns, Report& report) {
  std::uint64_t live = 0;
  for (const NodeGroup& node : nodes) {
    const NodeDescription& latest = node.totals.latest;
    const std::int64_t period = node.totals.covered_ns / std::max<std::int64_t>(node.totals.ledgers, 1);
    const std::int64_t silent = end_ns - latest.time_ns;
    if (silent > std::max(kSilentNs, kSilentPeriods * period)) continue;  // with what ran there
    if (!latest.live_instances) return;
    live += *latest.live_instances;
  }
  const std::uint64_t before = live + report.stopped;
  report.live_at_start = std::max(report.live_at_start, before - std::min(before, report.started));
  report.live_at_end = live;
}

void add_timeline(const std::vector<LedgerPoint>& points, const Window& window, Report& report) {
  for (const LedgerPoint& point : points) {
    const CpuSums cpu = point.totals.by_activity();
    ledger::TimelinePoint& to = report.timeline.emplace_back();
    to.start_seconds = seconds(point.window.start_ns - window.start_ns);
    to.seconds = seconds(point.window.end_ns - point.window.start_ns);
    for (std::size_t i = 0; i < kActivities; ++i) to.cpu_seconds[i] = seconds(cpu.ns[i]);
    to.idle_seconds = seconds(point.totals.idle_ns);
    to.memory_byte_seconds = point.totals.memory_byte_seconds;
    to.overhead_byte_seconds = point.totals.overhead_byte_seconds;
  }
}

/// CPUs that were online: wall time of all of them over that of the periods.
unsigned cpus_of(const LedgerTotals& of) {
  if (of.covered_ns <= 0 || of.wall_ns <= 0) return 0;
  return static_cast<unsigned>((of.wall_ns + of.covered_ns / 2) / of.covered_ns);
}

/// A word that all nodes have in common of how their latest ledgers describe them; otherwise how many there
/// are.
std::string common(const std::vector<NodeGroup>& nodes, std::string NodeDescription::* field) {
  std::set<std::string> words;
  for (const NodeGroup& node : nodes) words.insert(node.totals.latest.*field);
  if (words.size() > 1) return fmt::format("{} different", words.size());
  return words.empty() ? std::string() : *words.begin();
}

void add_node(const std::vector<NodeGroup>& nodes, Report& report) {
  report.node.name = nodes.size() == 1 ? nodes[0].node : fmt::format("{} nodes", nodes.size());
  report.node.kernel = common(nodes, &NodeDescription::kernel);
  report.node.cgroup = common(nodes, &NodeDescription::cgroup);
  const std::string source = common(nodes, &NodeDescription::cycle_source);
  report.node.cycle_source = source.empty() ? "none" : source;
  if (nodes.size() == 1) report.node.runtime_versions = nodes[0].totals.latest.runtime_versions;
  for (const NodeGroup& node : nodes) report.node.cpus += cpus_of(node.totals);
}

std::vector<report::Row> nodes_of(const std::vector<NodeGroup>& nodes,
                                  const std::vector<InstanceGroup>& instances) {
  std::map<std::string, report::Row> counts;
  for (const InstanceGroup& group : instances) counts[group.key.node] = row_of(group.key.node, group.totals);
  std::vector<report::Row> rows;
  for (const NodeGroup& node : nodes) {
    // What ran there, by the node's own ledger; the instances' records count what they did.
    report::Row row = counts[node.node];
    row.name = node.node;
    row.cpu_seconds = {};
    row.inferred_seconds = 0;
    add_cpu(row, node.totals.by_activity());
    row.memory_byte_seconds = node.totals.memory_byte_seconds;
    rows.push_back(std::move(row));
  }
  return rows;
}

/// Absent where no scaling event named a policy.
std::optional<std::vector<report::Row>> policies_of(const std::vector<InstanceGroup>& groups) {
  std::vector<report::Row> rows;
  for (const InstanceGroup& group : groups) {
    if (!group.key.policy.empty()) rows.push_back(row_of(group.key.policy, group.totals));
  }
  return rows.empty() ? std::nullopt : std::optional(std::move(rows));
}

/// What decisions cost, where a control plane told them.
base::Result<void> add_scaling(faastax::store::Reader& reader, const Window& window,
                               report::Document& document) {
  if (window.end_ns - window.start_ns > kLongestJoin) {
    if (document.policies)
      document.notes.emplace_back("from a store: the cost of each scale-up is told of a day at most");
    return {};
  }
  const Window read{window.start_ns - kDecidedBefore, window.end_ns};
  const auto events = reader.events(read);
  if (!events) return base::failure(events.error());
  if (events->empty()) return {};
  std::set<std::string> sandboxes;
  for (const scaling::ScalingEvent& event : *events) {
    if (const auto* of = std::get_if<scaling::Instance>(&event.data)) sandboxes.insert(of->instance);
  }
  const auto records = reader.instances(read, sandboxes);
  if (!records) return base::failure(records.error());
  std::vector<join::Observed> observed;
  observed.reserve(records->size());
  for (const v1::InstanceRecord& record : *records) {
    // A later run may use the same names again.
    if (!record.has_created() || record.created() < window.end_ns)
      observed.push_back(join::observed_of(record));
  }
  const scaling::UnixTime begin{std::chrono::nanoseconds(window.start_ns)};
  document.report.scaling = join::scaling_report(join::join(*events, std::move(observed), begin));
  return {};
}

}  // namespace

base::Result<report::Document> report_of(faastax::store::Reader& reader, const Window& asked) {
  const auto window = reader.resolved(asked);
  if (!window) return base::failure(window.error());
  const auto totals = reader.ledger(asked);
  const auto nodes = reader.ledger_by_node(asked);
  const auto series = reader.ledger_series(asked, kStretches);
  const auto functions = reader.instances_by(Dimension::kFunction, asked);
  const auto by_node = reader.instances_by(Dimension::kNode, asked);
  const auto policies = reader.instances_by(Dimension::kPolicy, asked);
  if (!totals) return base::failure(totals.error());
  if (!nodes) return base::failure(nodes.error());
  if (!series) return base::failure(series.error());
  for (const auto* groups : {&functions, &by_node, &policies}) {
    if (!*groups) return base::failure(groups->error());
  }
  if (totals->ledgers == 0 && functions->empty()) {
    return base::failure("nothing was stored of that time: do agents send to the collector?");
  }
  report::Document document;
  Report& report = document.report;
  report.window_start =
      ledger::rfc3339(static_cast<ledger::Nanoseconds>(std::max<std::int64_t>(window->start_ns, 0)));
  report.window_seconds = seconds(window->end_ns - window->start_ns);
  add_node(*nodes, report);
  add_ledger(*totals, report);
  add_components(*totals, report);
  add_instances(*functions, report);
  add_live(*nodes, asked.end_ns, report);
  add_timeline(*series, *window, report);
  report.ratios = ledger::ratios_of(report);
  document.nodes = nodes_of(*nodes, *by_node);
  document.policies = policies_of(*policies);
  if (const auto added = add_scaling(reader, *window, document); !added) return base::failure(added.error());
  return document;
}

base::Result<report::Document> ask(const std::string& url, std::chrono::nanoseconds since,
                                   std::chrono::system_clock::time_point end) {
  auto reader = faastax::store::open_reader(url);
  if (!reader) return base::failure(reader.error());
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::nanoseconds>(end.time_since_epoch()).count();
  return report_of(**reader, {now - since.count(), now + 1});
}

}  // namespace faastax::cli::store
