// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "collector/join/join.hpp"
#include "collector/join/line_fit.hpp"
#include "ledger/scaling_report.hpp"

namespace faastax::join {

/// What groups may be told apart by.
enum class Dimension : std::uint8_t { kTrack, kPolicy, kFunction, kNode };

/// Of dimensions that were not asked for the value is empty, or kUnknown.
struct GroupKey {
  std::string policy;
  ledger::Track track = ledger::Track::kUnknown;
  std::string space;  ///< namespace
  std::string function;
  std::string node;  ///< as the control plane names it
  auto operator<=>(const GroupKey&) const = default;
};

struct Group {
  GroupKey key;
  ledger::ScalingGroup figures;  ///< its own policy and track are the key's
};

/// In the order of the keys. A decision without an instance has no node. Instances that began before the
/// events count in no group.
std::vector<Group> group_by(const Join& join, const std::set<Dimension>& dimensions);

/// The `scaling` section of a report; its groups are by policy and track.
ledger::ScalingReport scaling_report(const Join& join);

/// The line of fit_churn(), or its refusal, as that section has it.
ledger::ChurnLine churn_line(std::span<const ChurnPeriod> periods);

}  // namespace faastax::join
