// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <utility>

#include "ledger/report.hpp"

/// A report with something in every field, for the tests of what prints reports. Its cells balance.
namespace faastax::ledger::testdata {

inline void add_cpu(Report& report) {
  report.wall_cpu_seconds = 24.6;
  report.idle_seconds = 14.1;
  report.steal_seconds = 0.25;
  report.busy_seconds = 10.2;
  report.unsettled_seconds = 0.2;
  report.residual_seconds = 0.05;
  report.carved_seconds = 0.025;
  report.by_activity = {{{3.2, 0.4, 8.1e9},
                         {1.5, 0, 4.0e9},
                         {2.5, 0.25, 7.25e9},
                         {0.05, 0, 1e8},
                         {1.25, 0.5, 3e9},
                         {0.9, 0, 2e9},
                         {0.3, 0.1, 1e9},
                         {0.0421, 0, 1e8},
                         {0.2579, 0, 5e8}}};
  report.by_component = {{"runc", Activity::kCreate, 1.9, 0},
                         {"containerd-shim", Activity::kCreate, 0.8, 0.4},
                         {"runc", Activity::kTeardown, 0.7, 0},
                         {"containerd", Activity::kManage, 0.6, 0},
                         {"kworker:cleanup_net", Activity::kTeardown, 0.5, 0.5},
                         {"cni:bridge", Activity::kCreate, 0.45, 0},
                         {"queue-proxy", Activity::kRoute, 0.3, 0.1},
                         {"node", Activity::kOther, 0.2579, 0},
                         {"faastax", Activity::kObserve, 0.0421, 0}};
  report.apportioning = {ApportioningState::kActive, {{"containerd", 0.0125}, {"systemd", 0}}};
}

inline void add_instances(Report& report) {
  report.live_at_start = 1;
  report.started = 12;
  report.stopped = 10;
  report.live_at_end = 3;
  report.create_failed = 1;
  report.served_none = 2;
  report.cold_start_seconds = {0.213456789, 0.8};
  report.cold_start_buckets = {{0.1875, 0.21875, 9}, {0.75, std::numeric_limits<double>::infinity(), 2}};
  report.requests_completed = 420;
  report.requests_inferred = 20;
  report.requests_aborted = 3;
  report.request_seconds = {0.0042, 0.0517};
}

inline void add_functions(Report& report) {
  report.functions = {{"lab",
                       "checkout",
                       Track::kRegular,
                       9,
                       {.completed = 400, .inferred = 0, .aborted = 2, .probes = 31, .in_flight_peak = 12},
                       {2.8, 1.3, 2.25, 0.04, 1.1, 0.2, 0.3},
                       1.1,
                       2.1e10,
                       {1e9, 4e9, 3e9, 5e8},
                       2.311111111,
                       {0.0041, 0.05}},
                      {"lab",
                       "thumbnail",
                       Track::kEmergency,
                       3,
                       {.completed = 20, .inferred = 20, .aborted = 1, .probes = 0, .in_flight_peak = 1},
                       {0.4, 0.2, 0.25, 0.01, 0.15, 0, 0},
                       0.15,
                       4e9,
                       {2e8, 0, 4e8, 1e8},
                       3,
                       {0.0065, 0.06}},
                      {"",
                       "9f86d081884c",
                       Track::kUnknown,
                       0,
                       {.completed = std::nullopt},
                       {},
                       0,
                       std::nullopt,
                       {},
                       std::nullopt,
                       {}}};
}

inline void add_details(Report& report) {
  report.instances = {{{"b0c1-1",
                        "3e25960a79db",
                        "checkout",
                        Track::kRegular,
                        "server",
                        0.95,
                        {0.3, 0.15, 0.6, 0.004, 0.12, 0.02, 0.03},
                        {.completed = 44, .inferred = 0, .aborted = 1, .probes = 4, .in_flight_peak = 12},
                        0.213456789,
                        {1.1e9, 3e9, 2.4e9, 5e8},
                        26'214'400,
                        "exit:0",
                        0,
                        {},
                        {},
                        "lab",
                        true},
                       {"b0c1-2",
                        "9f86d081884c",
                        "thumbnail",
                        Track::kEmergency,
                        "job",
                        0.2,
                        {0.1, 0, 0.2, 0, 0.05, 0, 0},
                        {.completed = std::nullopt},
                        std::nullopt,
                        {1e8, 0, 0, 1e8},
                        8'388'608,
                        "oom"}}};
}

inline void add_scaling(Report& report) {
  ScalingReport& to = report.scaling.emplace();
  to.decisions = 9;
  to.scale_ups = 6;
  to.scale_downs = 3;
  to.without_instances = 1;
  to.instances = {.by_decision = 10,
                  .repairs = 1,
                  .undecided = 1,
                  .unobserved = 2,
                  .failed = 1,
                  .mismatched = 1,
                  .duplicates = 1};
  to.served_none = 2;
  to.scale_up_seconds = {0.31, 0.9};
  to.held_requests = 14;
  to.delay_seconds = {0.0125, 0.25};
  to.groups = {{"dual:60s",
                Track::kRegular,
                5,
                3,
                8,
                1,
                1,
                2,
                400,
                {2.8, 1.3, 2.25, 0.04, 1.1, 0.2, 0.3},
                {1e9, 4e9, 3e9, 5e8},
                {0.31, 0.9},
                9,
                {0.1, 0.25}},
               {"dual:60s",
                Track::kEmergency,
                4,
                3,
                3,
                0,
                0,
                0,
                20,
                {0.4, 0.2, 0.25, 0.01, 0.15, 0, 0},
                {2e8, 0, 4e8, 1e8},
                {0.05, 0.06},
                5,
                {0.002, 0.004}}};
  to.ups = {{"d-1", "dual:60s", "lab", "checkout", Track::kRegular, "2026-01-01T00:00:01.000Z", 2, 1, 40,
             0.62, 0.004, 3.5e9}};
  to.ups_left_out = 5;
  to.events_lost = 1;
  to.churn = {.refused = {},
              .periods = 12,
              .fixed_cpus = {0.02, 0.01, 0.03},
              .creation_seconds = {0.085, 0.08, 0.09},
              .r_squared = 0.97};
  to.problems = {"instance f-3: no decision wanted it"};
}

/// Two stretches whose sums are the report's.
inline void add_timeline(Report& report) {
  TimelinePoint first{.start_seconds = 0, .seconds = 6.15, .started = 4, .completed = 20};
  TimelinePoint second{.start_seconds = 6.15, .seconds = 6.15, .started = 8, .completed = 400};
  for (std::size_t i = 0; i < kActivities; ++i) {
    first.cpu_seconds[i] = report.by_activity[i].seconds / 4;
    second.cpu_seconds[i] = report.by_activity[i].seconds - first.cpu_seconds[i];
  }
  first.idle_seconds = 8;
  second.idle_seconds = report.idle_seconds - 8;
  for (std::size_t i = 0; i < kInstanceStates; ++i) {
    first.memory_byte_seconds[i] = second.memory_byte_seconds[i] = report.memory.byte_seconds[i] / 2;
  }
  first.overhead_byte_seconds = second.overhead_byte_seconds = report.memory.overhead_byte_seconds / 2;
  report.timeline = {first, second};
}

inline Report sample_report() {
  Report report;
  report.window_start = "2026-01-01T00:00:00.000Z";
  report.window_seconds = 12.3;
  report.node = {"worker-1", "6.1.0-18-amd64", 2,
                 "hybrid",   "derived",        {{"containerd", "1.6.20"}, {"runc", "1.1.5"}}};
  add_cpu(report);
  report.memory = {{1.2e9, 4e9, 3.4e9, 6e8}, 9e9};
  report.reserved_byte_seconds = 3.2e10;
  report.dying_cgroups = 4;
  report.ratios = {2.38, 1.395061728, 2.705882353};
  add_instances(report);
  add_timeline(report);
  add_functions(report);
  add_details(report);
  add_scaling(report);
  report.bpf_estimated_seconds = 0.084;
  report.programs = {{"fx_switch", 412'345, 180.5}, {"fx_fork", 2100, 900}};
  report.lost_events = 7;
  report.lost_records = 1;
  return report;
}

/// Nothing ran, nothing is known.
inline Report empty_report() {
  Report report;
  report.window_start = "2026-01-01T00:00:00.000Z";
  report.window_seconds = 1;
  report.node.cpus = 2;
  report.node.cgroup = "v2";
  report.wall_cpu_seconds = 2;
  report.idle_seconds = 2;
  return report;
}

}  // namespace faastax::ledger::testdata
