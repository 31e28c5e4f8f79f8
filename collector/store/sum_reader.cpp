// SPDX-License-Identifier: Apache-2.0
#include "collector/store/sum_reader.hpp"

#include <functional>
#include <unordered_map>

#include "collector/store/accumulator.hpp"
#include "collector/store/totals_codec.hpp"
#include "proto/rollup.pb.h"

namespace faastax::store {
namespace {

constexpr std::int64_t kMinute = static_cast<std::int64_t>(Resolution::kMinute);
constexpr std::int64_t kDay = static_cast<std::int64_t>(Resolution::kDay);

/// Reads sums, one after the other, into the same memory.
template <typename Sums>
class SumParser {
 public:
  const Sums& operator()(std::string_view text) {
    if (!sums_.ParseFromArray(text.data(), static_cast<int>(text.size()))) {
      throw DatabaseError("a sum in the store cannot be read: it is damaged");
    }
    return sums_;
  }

 private:
  Sums sums_;
};

/// What the journal has in the window.
Booking journal_of(ReadBackend& backend, const Window& window) {
  Booking all;
  backend.each_journal_row([&](std::string_view delta) {
    if (!all.add_encoded(delta)) throw DatabaseError("the store's journal cannot be read: it is damaged");
  });
  return all.within(window);
}

/// Calls `visit` with the sums of a window and the group of their key; a key is read once.
template <typename Sums, typename Accumulator, typename Visit>
void each_sum_of(ReadBackend& backend, Cube cube, const Window& window, const GroupOf& group_of,
                 std::map<Key, Accumulator>& groups, const Visit& visit) {
  std::unordered_map<std::string, Accumulator*> by_text;
  std::string scratch_key;
  SumParser<Sums> parsed;
  for (const Segment& segment : rows_of(window, backend.last_minute())) {
    backend.each_sum(cube, segment, [&](std::int64_t, std::string_view key, std::string_view totals) {
      scratch_key.assign(key);
      Accumulator*& group = by_text[scratch_key];
      if (group == nullptr) group = &groups[group_of(decode_key(key))];
      visit(*group, parsed(totals));
    });
  }
}

}  // namespace

std::vector<Segment> rows_of(const Window& window, std::int64_t last_minute) {
  Window rows = window;
  const std::int64_t end = seconds_of(window.end_ns);
  // 0: no minutes are kept any more; hours and days may well have something newer than the end.
  if (last_minute != 0 && end >= last_minute + kMinute) {
    rows.end_ns = (span_of(end + kDay - 1, Resolution::kDay)) * kNsOfASecond;
  }
  return segments_of(rows);
}

std::map<Key, InstanceTotals> instance_sums(ReadBackend& backend, Cube cube, const Window& window,
                                            const GroupOf& group_of) {
  std::map<Key, InstanceAccumulator> groups;
  InstanceTotals scratch;
  each_sum_of<v1::InstanceSums>(
      backend, cube, window, group_of, groups,
      [&](InstanceAccumulator& group, const v1::InstanceSums& sums) { group.add(sums, scratch); });
  const Booking rest = journal_of(backend, window);
  for (const auto& [cell, totals] : rest.instances()) {
    if (cell.cube == cube) groups[group_of(decode_key(cell.key))].add(scratch = totals);
  }
  std::map<Key, InstanceTotals> result;
  for (const auto& [key, totals] : groups) result.emplace(key, totals.result());
  return result;
}

std::map<Key, LedgerTotals> ledger_sums(ReadBackend& backend, Cube cube, const Window& window) {
  std::map<Key, LedgerTotals> result;
  LedgerTotals scratch;
  each_sum_of<v1::LedgerSums>(backend, cube, window, std::identity{}, result,
                              [&](LedgerTotals& group, const v1::LedgerSums& sums) {
                                decode(sums, scratch);
                                group.add(scratch);
                              });
  const Booking rest = journal_of(backend, window);
  for (const auto& [cell, totals] : rest.ledgers()) {
    if (cell.cube == cube) result[decode_key(cell.key)].add(totals);
  }
  return result;
}

void ledger_slices(ReadBackend& backend, const Window& window, Resolution resolution, const SliceOf& slice_of,
                   std::vector<LedgerPoint>& into) {
  SumParser<v1::LedgerSums> parsed;
  LedgerTotals scratch;
  const Segment all = {resolution, seconds_of(window.start_ns), seconds_of(window.end_ns)};
  backend.each_sum(Cube::kFleetLedger, all,
                   [&](std::int64_t start, std::string_view, std::string_view totals) {
                     decode(parsed(totals), scratch);
                     into.at(slice_of(start)).totals.add(scratch);
                   });
  const Booking rest = journal_of(backend, window);
  for (const auto& [cell, totals] : rest.ledgers()) {
    if (cell.cube == Cube::kFleetLedger) into.at(slice_of(cell.start_s)).totals.add(totals);
  }
}

}  // namespace faastax::store
