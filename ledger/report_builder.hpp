// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ledger/distribution.hpp"
#include "ledger/input.hpp"
#include "ledger/instance.hpp"
#include "ledger/report.hpp"
#include "ledger/totals.hpp"

namespace faastax::ledger {

/// The books at the two ends of a window.
struct ReportInputs {
  const Totals& before;
  const Totals& after;
  Nanoseconds start = 0;
  Nanoseconds end = 0;
  ClocksRead clocks;
  std::uint64_t live_before = 0;
  std::uint64_t live_after = 0;
};

/// What happened in the window: `after` minus `before`.
Report build_report(const ReportInputs& inputs, const NodeInfo& node);

/// Those with a sample, four to each power of two: bounds that the distribution has exactly.
std::vector<DurationBucket> buckets_of(const Distribution& distribution);

/// Of a report's CPU and memory (README: Ratios).
Ratios ratios_of(const Report& report);

/// Each instance, in order of appearance; uids are `prefix` and the number.
std::vector<InstanceReport> describe_instances(std::vector<InstancePtr> instances, const std::string& prefix,
                                               const Counting& counting);

/// `ns` of CLOCK_REALTIME as RFC 3339 with milliseconds, in UTC.
std::string rfc3339(Nanoseconds real);

}  // namespace faastax::ledger
