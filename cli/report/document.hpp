// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/report.hpp"

namespace faastax::cli::report {

/// What a report can be divided by.
enum class Dimension : std::uint8_t { kFunction, kTrack, kPolicy, kNode, kComponent };
inline constexpr std::array<std::string_view, 5> kDimensionNames = {"function", "track", "policy", "node",
                                                                    "component"};
constexpr std::string_view name_of(Dimension of) { return kDimensionNames[static_cast<std::size_t>(of)]; }

/// One line of a division. What a dimension cannot say of its parts is absent.
struct Row {
  std::string space = {};  ///< namespace, of functions alone
  std::string name = {};
  bool rest = false;  ///< what belongs to none of the others; `name` says what that is
  std::array<double, ledger::kActivities> cpu_seconds{};  ///< includes `inferred_seconds`
  double inferred_seconds = 0;
  std::optional<std::uint64_t> started = {};
  std::optional<std::uint64_t> requests = {};  ///< completed; absent where they cannot be seen
  std::optional<std::uint64_t> aborted = {};
  std::optional<ledger::ByteSeconds> memory_byte_seconds = {};
};

/// (create + init + teardown) / handle; absent at a zero denominator.
std::optional<double> churn_ratio(const Row& row);
double cpu_total(const Row& row);

/// A report, and what its source knows beyond one node's report.
struct Document {
  ledger::Report report;
  std::optional<std::vector<Row>> policies = {};  ///< absent: the source knows of none
  std::optional<std::vector<Row>> nodes = {};     ///< absent: the report is of one node
  std::vector<std::string> notes = {};            ///< what the source cannot say, a line each
};

}  // namespace faastax::cli::report
