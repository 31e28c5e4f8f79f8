// SPDX-License-Identifier: Apache-2.0
#include "collector/store/upkeep.hpp"

#include <algorithm>

#include "collector/store/policies.hpp"
#include "collector/store/totals_codec.hpp"
#include "proto/rollup.pb.h"

namespace faastax::store {
namespace {

constexpr std::size_t kMostJournalBytes = 16U << 20;
constexpr std::size_t kManyJournalRows = 1'000;  // PostgreSQL hands out no more at once
constexpr std::size_t kMostRemoved = 5'000;
constexpr std::int64_t kDayLength = static_cast<std::int64_t>(Resolution::kDay);
/// Rows stay for so long after their like is refused: longer than any transaction that may have read the
/// horizon before it moved.
constexpr std::int64_t kRefusedAheadSeconds = 3600;

/// The sums' text with what the booking has more, as one of the two kinds of sums.
template <typename Sums, typename Totals>
void add_to(std::string& text, const Totals& more) {
  Totals totals = more;
  if (!text.empty()) {
    Sums stored;
    if (!stored.ParseFromString(text))
      throw DatabaseError("a sum in the store cannot be read: it is damaged");
    Totals known;
    decode(stored, known);
    totals.add(known);
  }
  Sums sums;
  encode(totals, sums);
  text = sums.SerializeAsString();
}

void add_sums(Backend& backend, const Booking& minutes, Resolution resolution) {
  Booking booking;
  minutes.coarsened(resolution, booking);
  std::vector<SumRow> rows;
  rows.reserve(booking.size());
  for (const auto& [cell, totals] : booking.instances()) rows.push_back({resolution, cell, {}});
  for (const auto& [cell, totals] : booking.ledgers()) rows.push_back({resolution, cell, {}});
  std::ranges::sort(rows, {}, &SumRow::cell);
  backend.read_sums(rows);
  for (SumRow& row : rows) {
    if (const auto of = booking.instances().find(row.cell); of != booking.instances().end()) {
      add_to<v1::InstanceSums>(row.totals, of->second);
    } else {
      add_to<v1::LedgerSums>(row.totals, booking.ledgers().at(row.cell));
    }
  }
  backend.write_sums(rows);
}

/// Whether there may be more of it.
bool add_journal(Backend& backend) {
  const std::vector<JournalRow> rows = backend.read_journal(kMostJournalBytes);
  if (rows.empty()) return false;
  Booking booking;
  std::size_t bytes = 0;
  for (const JournalRow& row : rows) {
    bytes += row.delta.size();
    if (!booking.add_encoded(row.delta))
      throw DatabaseError("the store's journal cannot be read: it is damaged");
  }
  for (const Resolution resolution : kResolutions) add_sums(backend, booking, resolution);
  backend.remove_journal(rows);
  return bytes >= kMostJournalBytes || rows.size() >= kManyJournalRows;
}

std::int64_t days_before(std::int64_t now_s, std::uint32_t days) {
  return days == 0 ? 0 : now_s - days * kDayLength;
}

/// Readers know first what is no longer whole. Whether there may be more of it.
bool remove_old(Backend& backend, std::int64_t now_ns, const Retention& retention) {
  const Horizon known = backend.horizon();
  const Horizon wanted = horizon_at(now_ns, retention);
  const Horizon now = {
      std::max(known.minutes_from, wanted.minutes_from), std::max(known.hours_from, wanted.hours_from),
      std::max(known.days_from, wanted.days_from), std::max(known.records_from, wanted.records_from)};
  if (now != known) backend.set_horizon(now);
  std::size_t most = 0;
  most = std::max(most, backend.remove_sums(Resolution::kMinute, now.minutes_from, kMostRemoved));
  most = std::max(most, backend.remove_sums(Resolution::kHour, now.hours_from, kMostRemoved));
  most = std::max(most, backend.remove_sums(Resolution::kDay, now.days_from, kMostRemoved));
  const std::int64_t raw_from = days_before(seconds_of(now_ns), retention.raw_days) * kNsOfASecond;
  if (raw_from > 0) {
    for (const RawTable table : kRawTables)
      most = std::max(most, backend.remove_raw(table, raw_from, kMostRemoved));
  }
  return most >= kMostRemoved;
}

}  // namespace

Horizon horizon_at(std::int64_t now_ns, const Retention& retention) {
  const std::int64_t now = seconds_of(now_ns);
  const auto from = [&](std::uint32_t days, Resolution next) {
    return std::max<std::int64_t>(0, span_of(days_before(now, days), next));
  };
  return {from(retention.minutes_days, Resolution::kHour), from(retention.hours_days, Resolution::kDay),
          from(retention.days_days, Resolution::kDay),
          retention.raw_days == 0 ? 0 : days_before(now, retention.raw_days) + kRefusedAheadSeconds};
}

bool keep_up(Backend& backend, std::int64_t now_ns, const Retention& retention) {
  if (!backend.lock_maintenance()) return false;
  tell_late_policies(backend, now_ns);
  const bool more_to_add = add_journal(backend);
  const bool more_to_remove = remove_old(backend, now_ns, retention);
  return more_to_add || more_to_remove;
}

}  // namespace faastax::store
