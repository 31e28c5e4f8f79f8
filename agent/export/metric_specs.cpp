// SPDX-License-Identifier: Apache-2.0
#include "agent/export/metric_specs.hpp"

namespace faastax::exporting {
namespace {

using enum Family;
using enum Subject;
using Type = prometheus::MetricType;

constexpr double kNanosecondsPerSecond = 1e9;

constexpr std::array<double, 13> kColdStartBounds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                                     1,     2.5,  5,     10,   30,  60};
constexpr std::array<double, 15> kRequestBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                   0.5,   1,      2.5,   5,    10,    30,   60};

constexpr std::array<MetricSpec, kFamilies> kSpecs = {{
    {kCpu, "faastax_cpu_seconds_total",
     "CPU time of the whole node by activity; the parts add up to its busy time.", Type::Counter, kNode,
     Dimension::kActivity, Dimension::kEvidence, kNanosecondsPerSecond},
    {kComponentCpu, "faastax_component_cpu_seconds_total",
     "CPU time of each part of the platform, of the rest of the node and of what no account had room for.",
     Type::Counter, kComponent, Dimension::kActivity, Dimension::kEvidence, kNanosecondsPerSecond},
    {kFunctionCpu, "faastax_function_cpu_seconds_total",
     "CPU time of a function's instances and of the platform's work that served them.", Type::Counter,
     kFunction, Dimension::kActivity, Dimension::kEvidence, kNanosecondsPerSecond},
    {kCycles, "faastax_cpu_cycles_total",
     "CPU cycles of the whole node by activity, where something counts them (cycle_source).", Type::Counter,
     kNode, Dimension::kActivity, Dimension::kEvidence},
    {kFunctionCycles, "faastax_function_cpu_cycles_total",
     "CPU cycles of a function's instances and of the platform's work that served them.", Type::Counter,
     kFunction, Dimension::kActivity, Dimension::kEvidence},
    {kOnlineCpus, "faastax_online_cpus", "CPUs of the node that are online.", Type::Gauge, kNode},
    {kIdleCpu, "faastax_idle_cpu_seconds_total", "Time that the node's CPUs were idle.", Type::Counter, kNode,
     Dimension::kNone, Dimension::kNone, kNanosecondsPerSecond},
    {kStealCpu, "faastax_steal_cpu_seconds_total",
     "Time taken by the hypervisor, and by interrupts where the kernel accounts for them apart.",
     Type::Counter, kNode, Dimension::kNone, Dimension::kNone, kNanosecondsPerSecond},
    {kResidualCpu, "faastax_residual_cpu_seconds",
     "Wall time of all CPUs since attach less what is booked, unsettled, idle and stolen: the ledger's "
     "error.",
     Type::Gauge, kNode, Dimension::kNone, Dimension::kNone, kNanosecondsPerSecond},
    {kUnsettledCpu, "faastax_unsettled_cpu_seconds",
     "CPU time of instances that are not ready yet: booked as init or handle when that is decided.",
     Type::Gauge, kNode, Dimension::kNone, Dimension::kNone, kNanosecondsPerSecond},
    {kInstances, "faastax_instances", "Live instances by state.", Type::Gauge, kFunction,
     Dimension::kInstanceState},
    {kInstanceStarts, "faastax_instance_starts_total", "Instances started, failed starts included.",
     Type::Counter, kFunction},
    {kInstanceEnds, "faastax_instance_ends_total", "Instances ended, by how they ended.", Type::Counter,
     kFunction, Dimension::kReason},
    {kServedNone, "faastax_instances_served_none_total",
     "Instances that ended without having served a request.", Type::Counter, kFunction},
    {kColdStart, "faastax_cold_start_seconds",
     "Time from the first runtime command that names an instance until it is ready.", Type::Histogram,
     kFunction},
    {kRequests, "faastax_requests_total", "Requests that instances served, by outcome.", Type::Counter,
     kFunction, Dimension::kOutcome},
    {kRequestSeconds, "faastax_request_seconds",
     "Time from a request's first byte at the instance until the last byte of its response.", Type::Histogram,
     kFunction},
    {kMemoryByteSeconds, "faastax_memory_byte_seconds_total",
     "Memory charged to instances, by their state, and resident in the platform's processes (overhead), "
     "times "
     "its duration.",
     Type::Counter, kNode, Dimension::kMemoryState},
    {kMemoryBytes, "faastax_memory_bytes",
     "Memory charged to instances, by their state, and resident in the platform's processes (overhead).",
     Type::Gauge, kNode, Dimension::kMemoryState},
    {kMemoryReserved, "faastax_memory_reserved_bytes", "Memory limits of live instances that have one.",
     Type::Gauge},
    {kFunctionMemoryByteSeconds, "faastax_function_memory_byte_seconds_total",
     "Memory charged to a function's instances, by their state, times its duration.", Type::Counter,
     kFunction, Dimension::kInstanceState},
    {kDyingCgroups, "faastax_dying_cgroups",
     "Removed v2 cgroups that the kernel still holds on to; absent where it does not say.", Type::Gauge},
    {kAgentInfo, "faastax_agent_info", "Always 1; the labels say what runs where.", Type::Gauge},
    {kBpfRuns, "faastax_agent_bpf_runs_total", "Runs of each BPF program of the agent.", Type::Counter, kNode,
     Dimension::kProgram},
    {kBpfSeconds, "faastax_agent_bpf_estimated_seconds_total",
     "Estimated cost of each BPF program: its runs times the calibrated cost of one.", Type::Counter, kNode,
     Dimension::kProgram, Dimension::kNone, kNanosecondsPerSecond},
    {kEdges, "faastax_agent_edges_total",
     "Edges (forks, execs, cgroups, requests and the like) that the agent took in; those that found the ring "
     "full are in faastax_agent_lost_total.",
     Type::Counter},
    {kLost, "faastax_agent_lost_total",
     "What the agent had to drop, by kind; of records for a collector since its spool was made.",
     Type::Counter, kNode, Dimension::kKind},
    {kRecords, "faastax_agent_records_total",
     "Records that the collector has answered: stored, or refused for good.", Type::Counter, kNode,
     Dimension::kDelivery},
    {kSpoolRecords, "faastax_agent_spool_records", "Records that wait for the collector.", Type::Gauge},
    {kSpoolBytes, "faastax_agent_spool_bytes", "Size of the spool's files.", Type::Gauge},
    {kCollectorUp, "faastax_agent_collector_up",
     "1 while the collector answers, 0 while it does not; absent where none is configured.", Type::Gauge},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kFamilies; ++i) {
    if (static_cast<std::size_t>(kSpecs[i].family) != i) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

std::span<const MetricSpec, kFamilies> metric_specs() { return kSpecs; }

const MetricSpec& spec_of(Family family) { return kSpecs[static_cast<std::size_t>(family)]; }

std::span<const double> bucket_bounds(Family family) {
  if (family == kColdStart) return kColdStartBounds;
  if (family == kRequestSeconds) return kRequestBounds;
  return {};
}

std::string_view label_name(Dimension dimension) {
  switch (dimension) {
    case Dimension::kNone:
      return "";
    case Dimension::kActivity:
      return "activity";
    case Dimension::kEvidence:
      return "evidence";
    case Dimension::kInstanceState:
    case Dimension::kMemoryState:
      return "state";
    case Dimension::kReason:
      return "reason";
    case Dimension::kOutcome:
      return "outcome";
    case Dimension::kProgram:
      return "program";
    case Dimension::kKind:
      return "kind";
    case Dimension::kDelivery:
      return "outcome";
  }
  return "";
}

std::vector<std::string_view> label_names(const MetricSpec& spec) {
  if (spec.family == kAgentInfo) return {"version", "kernel", "cgroup", "cycle_source"};
  std::vector<std::string_view> names;
  if (spec.subject == kComponent) names = {"component"};
  if (spec.subject == kFunction) names = {"namespace", "function", "track"};
  for (const auto dimension : {spec.first, spec.second}) {
    if (dimension != Dimension::kNone) names.push_back(label_name(dimension));
  }
  return names;
}

}  // namespace faastax::exporting
