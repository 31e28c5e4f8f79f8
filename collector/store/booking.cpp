// SPDX-License-Identifier: Apache-2.0
#include "collector/store/booking.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "collector/store/totals_codec.hpp"
#include "proto/records.pb.h"
#include "proto/rollup.pb.h"

namespace faastax::store {
namespace {

ledger::Track track_of(v1::Track track) {
  switch (track) {
    case v1::TRACK_REGULAR:
      return ledger::Track::kRegular;
    case v1::TRACK_EMERGENCY:
      return ledger::Track::kEmergency;
    default:
      return ledger::Track::kUnknown;
  }
}

std::int64_t minute_of(std::int64_t time_ns) { return span_of(seconds_of(time_ns), Resolution::kMinute); }

/// The node's ledger with its components as one.
LedgerTotals without_components(LedgerTotals totals) {
  std::map<Owner, CpuSums> by_kind;
  for (const auto& [owner, cpu] : totals.cpu) by_kind[{owner.kind, {}}].add(cpu);
  totals.cpu = std::move(by_kind);
  return totals;
}

}  // namespace

std::size_t CellHash::operator()(const Cell& cell) const {
  const std::size_t place = static_cast<std::size_t>(cell.start_s) * 8 + static_cast<std::size_t>(cell.cube);
  return std::hash<std::string>{}(cell.key) ^ place * 0x9e3779b97f4a7c15U;
}

std::optional<std::int64_t> time_of(const v1::InstanceRecord& record) {
  if (record.gone() > 0) return record.gone();
  if (record.observed() > 0) return record.observed();
  const std::int64_t last = std::max({record.created(), record.executed(), record.ready(),
                                      record.first_request(), record.last_request(), record.stopped()});
  return last > 0 ? std::optional(last) : std::nullopt;
}

void InstanceBooking::add(const v1::InstanceRecord& record, std::int64_t minute, int sign) {
  sought_.function.start_s = minute;
  sought_.node.start_s = minute;
  encode_key({.space = record.namespace_(),
              .function = record.function(),
              .track = track_of(record.track()),
              .policy = record.policy()},
             sought_.function.key);
  encode_key({.node = record.node()}, sought_.node.key);
  if (empty_ || sought_ != cells_) {
    settle();
    std::swap(cells_, sought_);
  }
  store::add(totals_, record, sign);
  empty_ = false;
}

void InstanceBooking::settle() {
  if (empty_) return;
  into_.add(cells_.function, totals_);
  into_.add(cells_.node, totals_);
  totals_.clear();
  empty_ = true;
}

void InstanceBooking::book(const v1::InstanceRecord& now, const v1::InstanceRecord* before) {
  const std::int64_t minute = minute_of(time_of(now).value_or(0));
  if (before != nullptr) add(*before, minute, -1);
  add(now, minute, 1);
}

void Booking::book(const v1::NodeLedger& ledger) {
  LedgerTotals totals;
  store::add(totals, ledger);
  const std::int64_t minute = minute_of(ledger.end() - 1);
  ledgers_[{Cube::kNodeLedger, minute, encode_key(Key{.node = ledger.node()})}].add(
      without_components(totals));
  totals.latest = {};
  ledgers_[{Cube::kFleetLedger, minute, encode_key(Key{})}].add(totals);
}

std::string Booking::encode() const {
  v1::RollupDelta delta;
  const auto entry_of = [&](const Cell& cell) {
    v1::RollupDelta::Entry* entry = delta.add_entries();
    entry->set_cube(static_cast<std::uint32_t>(cell.cube));
    entry->set_minute(cell.start_s);
    entry->set_key(cell.key);
    return entry;
  };
  for (const auto& [cell, totals] : instances_) store::encode(totals, *entry_of(cell)->mutable_instances());
  for (const auto& [cell, totals] : ledgers_) store::encode(totals, *entry_of(cell)->mutable_ledger());
  return delta.SerializeAsString();
}

bool Booking::add_encoded(std::string_view text) {
  v1::RollupDelta delta;
  if (!delta.ParseFromArray(text.data(), static_cast<int>(text.size()))) return false;
  InstanceTotals instances;
  LedgerTotals ledger;
  for (const v1::RollupDelta::Entry& entry : delta.entries()) {
    const Cell cell = {static_cast<Cube>(entry.cube()), entry.minute(), entry.key()};
    if (entry.has_instances()) {
      decode(entry.instances(), instances);
      instances_[cell].add(instances);
    }
    if (entry.has_ledger()) {
      decode(entry.ledger(), ledger);
      ledgers_[cell].add(ledger);
    }
  }
  return true;
}

Booking Booking::within(const Window& window) const {
  Booking result;
  const auto inside = [from = seconds_of(window.start_ns), to = seconds_of(window.end_ns)](const Cell& cell) {
    return cell.start_s >= from && cell.start_s < to;
  };
  for (const auto& entry : instances_) {
    if (inside(entry.first)) result.instances_.insert(entry);
  }
  for (const auto& entry : ledgers_) {
    if (inside(entry.first)) result.ledgers_.insert(entry);
  }
  return result;
}

void Booking::coarsened(Resolution resolution, Booking& into) const {
  const auto coarse = [&](const Cell& cell) {
    return Cell{cell.cube, span_of(cell.start_s, resolution), cell.key};
  };
  for (const auto& [cell, totals] : instances_) into.instances_[coarse(cell)].add(totals);
  for (const auto& [cell, totals] : ledgers_) into.ledgers_[coarse(cell)].add(totals);
}

}  // namespace faastax::store
