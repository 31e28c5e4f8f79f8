// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

namespace faastax::ledger {

/// Absent where there is no sample.
struct Percentiles {
  std::optional<double> p50;
  std::optional<double> p99;
};

}  // namespace faastax::ledger
