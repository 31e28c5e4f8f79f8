// SPDX-License-Identifier: Apache-2.0
#include "collector/metrics/metric_list.hpp"

#include <array>
#include <cstddef>

namespace faastax::collector {
namespace {

using Type = prometheus::MetricType;

constexpr std::array<MetricLine, 18> kMetrics = {{
    {Metric::kRecords, "faastax_collector_records_total", Type::Counter, "outcome",
     "Records of agents by what became of them."},
    {Metric::kRefusedRecords, "faastax_collector_refused_records_total", Type::Counter, "reason",
     "Records that will never be stored, by why."},
    {Metric::kBatches, "faastax_collector_batches_total", Type::Counter, "outcome",
     "Batches of agents: taken, or refused because they could not be read."},
    {Metric::kEvents, "faastax_collector_events_total", Type::Counter, "outcome",
     "Scaling events by what became of them."},
    {Metric::kEventRequests, "faastax_collector_event_requests_total", Type::Counter, "outcome",
     "Requests with scaling events by how they were answered."},
    {Metric::kStreams, "faastax_collector_streams", Type::Gauge, "", "Agents that are connected."},
    {Metric::kWaitingBytes, "faastax_collector_waiting_bytes", Type::Gauge, "",
     "Batches and events that wait to be stored, as they came."},
    {Metric::kStoreSeconds, "faastax_collector_store_seconds", Type::Histogram, "",
     "Time of a transaction that stored what waited."},
    {Metric::kStoreAvailable, "faastax_collector_store_available", Type::Gauge, "",
     "1 while the store takes what comes, else 0."},
    {Metric::kStoreFailures, "faastax_collector_store_failures_total", Type::Counter, "",
     "Times that the store became unavailable, or so for another reason."},
    {Metric::kMaintenanceFailures, "faastax_collector_maintenance_failures_total", Type::Counter, "",
     "Times that what is stored could not be summed up, or what is old not removed."},
    {Metric::kReloadFailures, "faastax_collector_reload_failures_total", Type::Counter, "file",
     "Times that changed certificates or a changed token could not be used: the ones before stay in use."},
    {Metric::kSharedNames, "faastax_collector_shared_node_names_total", Type::Counter, "",
     "Times that two machines were found to send under one node name."},
    {Metric::kClockJumps, "faastax_collector_clock_jumps_total", Type::Counter, "",
     "Times that a node's clock was set by more than a second between two periods."},
    {Metric::kNewerAgents, "faastax_collector_newer_agent_batches_total", Type::Counter, "",
     "Batches of agents of a later version than the collector's."},
    {Metric::kInfo, "faastax_collector_info", Type::Gauge, "version", "1."},
    {Metric::kDecisions, "faastax_scaling_decisions_total", Type::Counter,
     "namespace, function, track, policy", "Scaling decisions of control planes."},
    {Metric::kDelay, "faastax_scaling_delay_seconds", Type::Histogram, "namespace, function, track, policy",
     "From a decision until an instance that it wanted is ready."},
}};

constexpr std::array<double, 12> kStoreBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                 0.1,   0.25,   0.5,   1,    2.5,   10};
constexpr std::array<double, 15> kDelayBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                 0.5,   1,      2.5,   5,    10,    30,   60};

}  // namespace

std::span<const MetricLine> metric_list() { return kMetrics; }
const MetricLine& line_of(Metric metric) { return kMetrics.at(static_cast<std::size_t>(metric)); }
std::span<const double> store_seconds_bounds() { return kStoreBounds; }
std::span<const double> delay_bounds() { return kDelayBounds; }

}  // namespace faastax::collector
