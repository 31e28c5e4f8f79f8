// SPDX-License-Identifier: Apache-2.0
#include "collector/store/store_core.hpp"

#include <cstdlib>

#include "collector/store/intake.hpp"
#include "collector/store/policies.hpp"
#include "collector/store/upkeep.hpp"
#include "proto/records.pb.h"
#include "proto/scaling_event.hpp"

namespace faastax::store {
namespace {

/// When it is time to sum up.
constexpr std::size_t kManyBytes = 8U << 20;
constexpr std::int64_t kPauseNs = 10'000'000'000;

/// Books new instances, and replaces those whose snapshot is older than what came.
void store_instances(Backend& backend, Intake& intake, Booking& booked) {
  InstanceBooking booking(booked);
  const Sorted<InstanceRow>& rows = intake.instances;
  const std::vector<Conflict> conflicts = backend.insert_instances(rows.rows);
  std::vector<const InstanceRow*> newer;
  auto conflict = conflicts.begin();
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    const v1::InstanceRecord& record = intake.instance(i);
    Outcome& outcome = intake.verdicts.records[rows.places[i]].outcome;
    if (conflict == conflicts.end() || conflict->row != i) {
      booking.book(record, nullptr);
      continue;
    }
    const Conflict& stored = *conflict++;
    // Sequences are unsigned in the record and signed in the databases.
    if (static_cast<std::uint64_t>(stored.sequence) >= record.sequence()) {
      outcome = Outcome::kRepeated;
      continue;
    }
    v1::InstanceRecord before;
    before.ParseFromString(stored.record);
    // The events that told its policy may be older than what is kept of them; then the record knows alone.
    if (record.policy().empty() && !before.policy().empty()) intake.set_policy(i, before.policy());
    booking.book(intake.instance(i), &before);
    outcome = Outcome::kReplaced;
    newer.push_back(&rows.rows[i]);
  }
  backend.replace_instances(newer);
}

/// Returns the bytes that the journal grew by.
std::size_t store_all(Backend& backend, std::span<const v1::Record* const> records,
                      std::span<const scaling::ScalingEvent> events, Intake& intake) {
  Booking booking;
  intake.refuse_older(backend.horizon().records_from * kNsOfASecond);
  store_policies(backend, events);
  tell_policies(backend, intake);
  store_instances(backend, intake, booking);
  const std::vector<bool> fresh_ledgers = backend.insert_ledgers(intake.ledgers.rows);
  for (std::size_t i = 0; i < fresh_ledgers.size(); ++i) {
    const std::size_t place = intake.ledgers.places[i];
    if (fresh_ledgers[i]) {
      booking.book(records[place]->node_ledger());
    } else {
      intake.verdicts.records[place].outcome = Outcome::kRepeated;
    }
  }
  const std::vector<bool> fresh_events = backend.insert_events(intake.events.rows);
  for (std::size_t i = 0; i < fresh_events.size(); ++i) {
    if (!fresh_events[i]) intake.verdicts.events[intake.events.places[i]].outcome = Outcome::kRepeated;
  }
  if (booking.empty()) return 0;
  const std::string delta = booking.encode();
  backend.append_journal(delta);
  return delta.size();
}

/// Does `work` in a transaction; an error leaves nothing of it, and closes the connection.
template <typename Work>
base::Result<void> in_transaction(Connector& connector, const Work& work) {
  const base::Result<Backend*> backend = connector.get(Connector::Clock::now());
  if (!backend) return base::failure("unavailable: " + backend.error());
  try {
    (*backend)->begin();
    work(**backend);
    (*backend)->commit();
    connector.worked();
    return {};
  } catch (const std::exception& error) {
    (*backend)->rollback();
    connector.failed(Connector::Clock::now(), error.what());
    return base::failure(std::string("unavailable: ") + error.what());
  }
}

}  // namespace

base::Result<PutResult> StoreCore::put(std::span<const v1::Record* const> records,
                                       std::span<const scaling::ScalingEvent> events,
                                       std::span<const std::string_view> wires) {
  Intake intake(records, events, wires);
  std::size_t bytes = 0;
  const base::Result<void> stored = in_transaction(
      connector_, [&](Backend& backend) { bytes = store_all(backend, records, events, intake); });
  if (!stored) return std::unexpected(stored.error());
  journal_bytes_ += bytes;
  return std::move(intake.verdicts);
}

base::Result<void> StoreCore::maintain(std::int64_t now_ns, const Retention& retention) {
  if (journal_bytes_ < kManyBytes && std::abs(now_ns - maintained_ns_) < kPauseNs) return {};
  bool more = false;
  const base::Result<void> done =
      in_transaction(connector_, [&](Backend& backend) { more = keep_up(backend, now_ns, retention); });
  if (!done) return done;
  journal_bytes_ = more ? kManyBytes : 0;
  maintained_ns_ = now_ns;
  return {};
}

base::Result<void> StoreCore::check() {
  return in_transaction(connector_, [](Backend& backend) { backend.touch(); });
}

}  // namespace faastax::store
