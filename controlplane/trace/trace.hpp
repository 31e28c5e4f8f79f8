// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

/// Traces in the format of the Azure Functions 2019 data set: what one function's day looks like, and a
/// folder of them.
namespace faastax::trace {

/// A distribution known by some of its percentiles: percents[i] of the samples are at most values[i].
template <std::size_t N>
struct PercentileTable {
  std::array<double, N> percents{};  ///< rising, 0 to 100
  std::array<double, N> values{};    ///< never falling

  /// The value at `percent`, drawn evenly between the neighbouring percentiles; outside the table its ends.
  double at(double percent) const {
    if (percent <= percents.front()) return values.front();
    for (std::size_t i = 1; i < N; ++i) {
      if (percent > percents[i]) continue;
      const double share = (percent - percents[i - 1]) / (percents[i] - percents[i - 1]);
      return values[i - 1] + share * (values[i] - values[i - 1]);
    }
    return values.back();
  }
  double largest() const { return values.back(); }
};

/// Run times in milliseconds at percentiles 0, 1, 25, 50, 75, 99, 100.
using DurationTable = PercentileTable<7>;
/// Allocated memory in MiB at percentiles 1, 5, 25, 50, 75, 95, 99, 100.
using MemoryTable = PercentileTable<8>;
inline constexpr std::array<double, 7> kDurationPercents = {0, 1, 25, 50, 75, 99, 100};
inline constexpr std::array<double, 8> kMemoryPercents = {1, 5, 25, 50, 75, 95, 99, 100};

struct FunctionTrace {
  std::string owner;
  std::string app;
  std::string function;
  std::string trigger;
  std::vector<std::uint32_t> invocations;  ///< by minute of the trace
  DurationTable durations_ms{kDurationPercents, {}};
  MemoryTable memory_mib{kMemoryPercents, {}};
};

struct Trace {
  std::vector<FunctionTrace> functions;  ///< in the order of invocations.csv
  std::size_t minutes = 0;               ///< minute columns that invocations.csv has
};

}  // namespace faastax::trace
