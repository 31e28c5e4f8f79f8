// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "collector/store/cube.hpp"
#include "collector/store/totals.hpp"

namespace faastax::v1 {
class InstanceRecord;
class NodeLedger;
}  // namespace faastax::v1

/// What records add to the sums.
namespace faastax::store {

/// One sum: a cube's cell in one span of time.
struct Cell {
  Cube cube = Cube::kFunction;
  std::int64_t start_s = 0;  ///< a minute's, or after coarsened() another span's
  std::string key = {};      ///< encode_key()
  auto operator<=>(const Cell&) const = default;
};
struct CellHash {
  std::size_t operator()(const Cell& cell) const;
};

/// When a snapshot is booked: when the instance was gone, else when it was taken, else its last time known;
/// absent: it has none.
std::optional<std::int64_t> time_of(const v1::InstanceRecord& record);

/// Sums of many records, in memory.
class Booking {
 public:
  void add(const Cell& cell, const InstanceTotals& totals) { instances_[cell].add(totals); }
  void book(const v1::NodeLedger& ledger);

  /// As the store keeps what one transaction added, and adding what it kept. A text that is no such thing
  /// adds nothing and is false.
  std::string encode() const;
  bool add_encoded(std::string_view text);

  /// Those of the cells that start in the window.
  Booking within(const Window& window) const;
  /// The same sums by a coarser resolution.
  void coarsened(Resolution resolution, Booking& into) const;

  bool empty() const { return instances_.empty() && ledgers_.empty(); }
  std::size_t size() const { return instances_.size() + ledgers_.size(); }
  const std::unordered_map<Cell, InstanceTotals, CellHash>& instances() const { return instances_; }
  const std::unordered_map<Cell, LedgerTotals, CellHash>& ledgers() const { return ledgers_; }

 private:
  std::unordered_map<Cell, InstanceTotals, CellHash> instances_;
  std::unordered_map<Cell, LedgerTotals, CellHash> ledgers_;
};

/// Books instances. Those in a row that are of the same two cells, as a batch's mostly are, are added up
/// first; what is booked is in the Booking when this ends.
class InstanceBooking {
 public:
  explicit InstanceBooking(Booking& into) : into_(into) {}
  ~InstanceBooking() { settle(); }
  InstanceBooking(const InstanceBooking&) = delete;
  InstanceBooking& operator=(const InstanceBooking&) = delete;

  /// Books what `now` has more than `before`, the snapshot that it replaces (null: it is the first), at the
  /// time of `now`. Where its function, track, policy or node became another, the whole moves there.
  void book(const v1::InstanceRecord& now, const v1::InstanceRecord* before);

 private:
  struct Cells {
    Cell function{.cube = Cube::kFunction};
    Cell node{.cube = Cube::kNode};
    bool operator==(const Cells&) const = default;
  };

  void add(const v1::InstanceRecord& record, std::int64_t minute, int sign);
  void settle();

  Booking& into_;
  Cells cells_;            ///< of `totals_`
  Cells sought_;           ///< of the last record; its texts are used again
  InstanceTotals totals_;  ///< that `into_` does not have yet
  bool empty_ = true;
};

}  // namespace faastax::store
