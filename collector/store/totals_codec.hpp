// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collector/store/totals.hpp"

namespace faastax::v1 {
class InstanceSums;
class LedgerSums;
}  // namespace faastax::v1

/// Totals as the store keeps them (proto/rollup.proto).
namespace faastax::store {

void encode(const InstanceTotals& totals, v1::InstanceSums& into);
void encode(const LedgerTotals& totals, v1::LedgerSums& into);
/// All but the histograms: those of `totals` are not touched.
void decode_numbers(const v1::InstanceSums& sums, InstanceTotals& totals);
/// What was in `totals` is gone; its memory is used again.
void decode(const v1::InstanceSums& sums, InstanceTotals& totals);
void decode(const v1::LedgerSums& sums, LedgerTotals& totals);

}  // namespace faastax::store
