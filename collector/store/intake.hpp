// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collector/store/backend.hpp"
#include "collector/store/store.hpp"

namespace faastax::store {

/// Rows of a kind with the places of their records in the call, ordered by key, each key once.
template <typename Row>
struct Sorted {
  std::vector<Row> rows;
  std::vector<std::size_t> places;
};

/// One call of put(): what to store, sorted, and what of it is refused or repeated already within the call.
/// The order keeps neighbours in an index together, and two collectors from waiting for each other crosswise.
struct Intake {
  Sorted<InstanceRow> instances;
  Sorted<LedgerRow> ledgers;
  Sorted<EventRow> events;
  PutResult verdicts;

  /// `wires`: as Store::put() has them.
  Intake(std::span<const v1::Record* const> records, std::span<const scaling::ScalingEvent> events,
         std::span<const std::string_view> wires);
  ~Intake();
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

  /// The record of a row of `instances`, with the policy that it was given.
  const v1::InstanceRecord& instance(std::size_t row) const;
  void set_policy(std::size_t row, const std::string& policy);
  /// Keeps it as long as the rows.
  std::string_view keep(std::string record) { return made_.emplace_back(std::move(record)); }

  /// Refuses instances and ledgers from before this time. Before any policy is set.
  void refuse_older(std::int64_t from_ns);

 private:
  std::span<const v1::Record* const> records_;
  std::map<std::size_t, std::unique_ptr<v1::InstanceRecord>> changed_;  ///< by row
  std::deque<std::string> made_;                                        ///< records that are not as they came
};

}  // namespace faastax::store
