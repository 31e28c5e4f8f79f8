// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "cli/report/prometheus/answer.hpp"
#include "ledger/report.hpp"

namespace faastax::cli::prometheus {

/// The buckets of a histogram, from samples with a label `le` that count up to it; several with the same `le`
/// are of several series and add up. Buckets without a sample are left out.
std::vector<ledger::DurationBucket> buckets_of(const std::vector<Sample>& cumulative);

/// Absent without samples. Within a bucket samples are taken to lie evenly; in one without a bound, at its
/// lower one.
ledger::Percentiles percentiles_of(const std::vector<ledger::DurationBucket>& buckets);

}  // namespace faastax::cli::prometheus
