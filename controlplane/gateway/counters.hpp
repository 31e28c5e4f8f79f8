// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "controlplane/gateway/router.hpp"

namespace faastax::gateway {

/// Requests in flight over time. The integral makes any window's mean: (integral later − integral earlier) /
/// seconds between, which is what an autoscaler averages.
class ConcurrencyMeter {
 public:
  void change(int by, Clock::time_point now);
  std::uint64_t current() const { return current_; }
  /// Request-seconds since the beginning.
  double integral(Clock::time_point now) const;

 private:
  std::uint64_t current_ = 0;
  double integral_ = 0;
  Clock::time_point since_{};
};

/// What a gateway has done; one thread writes.
struct Counters {
  std::array<std::uint64_t, 6> responses{};  ///< by the status' first digit
  std::uint64_t aborted = 0;                 ///< the client went away, or its response broke off
  std::uint64_t retried = 0;                 ///< sent elsewhere after an instance could not be reached
  std::uint64_t connections = 0;             ///< of clients, open now
  ConcurrencyMeter in_flight;  ///< from the whole head to the end of the response, waiting included

  void responded(unsigned status) { ++responses[status / 100 < responses.size() ? status / 100 : 0]; }
};

/// In Prometheus' text format.
std::string exposition(const Counters& counters, Clock::time_point now);

}  // namespace faastax::gateway
