// SPDX-License-Identifier: Apache-2.0
#include "collector/store/sum_reader.hpp"

#include <unordered_map>

#include "collector/store/accumulator.hpp"
#include "collector/store/totals_codec.hpp"
#include "proto/rollup.pb.h"

namespace faastax::store {
namespace {

constexpr std::int64_t kMinute = static_cast<std::int64_t>(Resolution::kMinute);
constexpr std::int64_t kDay = static_cast<std::int64_t>(Resolution::kDay);

/// Reads sums, one after the other, into the same memory.
template <typename Sums, typename Totals>
class SumParser {
 public:
  Totals& operator()(std::string_view text) {
    if (!sums_.ParseFromArray(text.data(), static_cast<int>(text.size()))) {
      throw DatabaseError("a sum in the store cannot be read: it is damaged");
    }
    decode(sums_, totals_);
    return totals_;
  }

 private:
  Sums sums_;
  Totals totals_;
};

/// What the journal has in the window.
Booking journal_of(ReadBackend& backend, const Window& window) {
  Booking all;
  backend.each_journal_row([&](std::string_view delta) {
    if (!all.add_encoded(delta)) throw DatabaseError("the store's journal cannot be read: it is damaged");
  });
  return all.within(window);
}

/// Totals that have no histograms are their own accumulator.
class LedgerAccumulator {
 public:
  void add(const LedgerTotals& other) { totals_.add(other); }
  const LedgerTotals& result() const { return totals_; }

 private:
  LedgerTotals totals_;
};

template <typename Totals, typename Sums, typename Accumulator>
std::map<Key, Totals> sums_of(ReadBackend& backend, Cube cube, const Window& window) {
  std::unordered_map<std::string, Accumulator> by_text;
  std::string scratch_key;
  SumParser<Sums, Totals> parsed;
  for (const Segment& segment : rows_of(window, backend.last_minute())) {
    backend.each_sum(cube, segment, [&](std::int64_t, std::string_view key, std::string_view totals) {
      scratch_key.assign(key);
      by_text[scratch_key].add(parsed(totals));
    });
  }
  std::map<Key, Totals> result;
  for (const auto& [text, totals] : by_text) result[decode_key(text)] = totals.result();
  return result;
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

std::map<Key, InstanceTotals> instance_sums(ReadBackend& backend, Cube cube, const Window& window) {
  std::map<Key, InstanceTotals> result =
      sums_of<InstanceTotals, v1::InstanceSums, InstanceAccumulator>(backend, cube, window);
  const Booking rest = journal_of(backend, window);
  for (const auto& [cell, totals] : rest.instances()) {
    if (cell.cube == cube) result[decode_key(cell.key)].add(totals);
  }
  return result;
}

std::map<Key, LedgerTotals> ledger_sums(ReadBackend& backend, Cube cube, const Window& window) {
  std::map<Key, LedgerTotals> result =
      sums_of<LedgerTotals, v1::LedgerSums, LedgerAccumulator>(backend, cube, window);
  const Booking rest = journal_of(backend, window);
  for (const auto& [cell, totals] : rest.ledgers()) {
    if (cell.cube == cube) result[decode_key(cell.key)].add(totals);
  }
  return result;
}

void ledger_slices(ReadBackend& backend, const Window& window, Resolution resolution, const SliceOf& slice_of,
                   std::vector<LedgerPoint>& into) {
  SumParser<v1::LedgerSums, LedgerTotals> parsed;
  const Segment all = {resolution, seconds_of(window.start_ns), seconds_of(window.end_ns)};
  backend.each_sum(Cube::kFleetLedger, all,
                   [&](std::int64_t start, std::string_view, std::string_view totals) {
                     into.at(slice_of(start)).totals.add(parsed(totals));
                   });
  const Booking rest = journal_of(backend, window);
  for (const auto& [cell, totals] : rest.ledgers()) {
    if (cell.cube == Cube::kFleetLedger) into.at(slice_of(cell.start_s)).totals.add(totals);
  }
}

}  // namespace faastax::store
