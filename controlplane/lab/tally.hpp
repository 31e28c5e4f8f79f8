// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controlplane/lab/result.hpp"
#include "controlplane/policy/policy.hpp"
#include "controlplane/trace/workload.hpp"

namespace faastax::lab {

/// Counts what happens in a run and makes its result. Pure.
class Tally {
 public:
  explicit Tally(const trace::Workload& workload);

  /// What was counted so far was the warm-up: forgotten, but for requests, failed starts and problems.
  void begin_counting();
  /// `late`: seconds after its time in the plan; absent in the warm-up.
  void sent(std::size_t function, std::optional<double> late);
  void cold_start(std::size_t function);
  /// `seconds` from the arrival in the plan to the whole response; `exec_ms` as the plan has it.
  void succeeded(std::size_t function, double seconds, double exec_ms);
  /// Answered, but arrived in the warm-up.
  void succeeded_early(std::size_t function);
  void failed(const std::string& why);
  /// Sent to an instance `seconds` after the gateway had read its head; `waited`: it found no free slot.
  void scheduled(double seconds, bool waited, policy::Track track);
  void decided() { ++result_.decisions; }
  /// `seconds` from the decision to a connection into the sandbox.
  void instance_ready(double seconds, policy::Track track);
  void instance_failed(const std::string& why);
  void instance_stopped();
  void problem(const std::string& what);
  void instances_now(std::size_t count);

  /// Requests that were answered or failed.
  std::uint64_t done() const { return result_.succeeded + result_.failed; }
  const LabResult& counts() const { return result_; }
  /// The counts with percentiles and means.
  LabResult result() const;

 private:
  LabResult result_;
  std::vector<std::vector<double>> slowdowns_;  ///< by function
  std::vector<double> cold_start_seconds_;
  std::vector<double> delays_;         ///< of all requests that were sent
  std::vector<double> waited_delays_;  ///< of those that found no free slot
  std::vector<double> lateness_;
};

}  // namespace faastax::lab
