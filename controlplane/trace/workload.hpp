// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "controlplane/trace/trace.hpp"

namespace faastax::trace {

/// Which part of a trace to replay, and how.
struct Selection {
  std::size_t functions = 0;     ///< at most so many; 0: all that are invoked in the window
  std::size_t start_minute = 0;  ///< counted from the trace's first minute column
  std::size_t minutes = 0;       ///< 0: to the trace's end
  double speedup = 1;            ///< arrivals come so many times faster; run times stay
  std::uint64_t seed = 1;
  std::optional<double> max_exec_ms{};     ///< longer run times are cut to this
  std::optional<double> max_memory_mib{};  ///< larger memory is cut to this
  std::size_t min_requests = 0;            ///< only functions with at least so many in the window
  std::optional<double> fit_cpus{};        ///< requests are left out until the functions use so much (thin())
};

/// One function of a workload.
struct WorkloadFunction {
  std::string name;               ///< short, unique, fit for a cgroup and a container id
  double largest_memory_mib = 0;  ///< over its requests
};

struct Request {
  std::chrono::nanoseconds arrival{};  ///< after the start
  std::size_t function = 0;            ///< index into Workload::functions
  double exec_ms = 0;
  double memory_mib = 0;
};

/// How a workload fits a machine.
struct Fit {
  double mean_cpus = 0;     ///< Σ run time / length: what the functions alone use
  double peak_cpus = 0;     ///< the same in the busiest second of arrivals
  std::size_t capped = 0;   ///< requests whose run time was cut
  std::size_t thinned = 0;  ///< requests that were left out
};

struct Workload {
  std::vector<WorkloadFunction> functions;  ///< most invoked first
  std::vector<Request> requests;            ///< by arrival
  std::chrono::nanoseconds length{};        ///< the window divided by the speedup
  Fit fit;
};

/// Expands a trace into requests, the same ones for the same selection, whatever other functions are
/// chosen. As In-Vitro (github.com/vhive-serverless/invitro) does: the n invocations of a minute get n
/// exponential inter-arrival times scaled to fill it, run time and memory are drawn evenly between the
/// neighbouring percentiles and clamped to 1 ms..60 s and 1..10,240 MiB. The first gap of a minute is
/// split at random between its two ends, so that not every function fires when a minute begins. Only with
/// `fit_cpus` does it matter to a function which others there are.
///
/// Choice of N functions: those invoked in the window, ordered by invocations (most first, then by name),
/// cut into N equal runs, of which each gives its middle one: the sample keeps the spread from popular to
/// rare.
std::expected<Workload, std::string> expand(const Trace& trace, const Selection& selection);

}  // namespace faastax::trace
