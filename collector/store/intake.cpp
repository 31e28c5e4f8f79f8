// SPDX-License-Identifier: Apache-2.0
#include "collector/store/intake.hpp"

#include <algorithm>
#include <tuple>

#include "collector/store/keys.hpp"
#include "proto/records.pb.h"
#include "proto/scaling_event.hpp"

namespace faastax::store {
namespace {

void refuse(Verdict& verdict, std::string reason) { verdict = {Outcome::kRefused, std::move(reason)}; }

/// The places of the rows in their order, of which equal ones keep theirs. Rows of a batch mostly come in
/// order, and batches of different nodes do not overlap: then ordering the batches is enough.
template <typename Row, typename Before>
std::vector<std::size_t> ordered(const std::vector<Row>& rows, const Before& before) {
  struct Run {
    std::size_t first = 0;
    std::size_t end = 0;
  };
  std::vector<Run> runs;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i == 0 || !before(rows[i - 1], rows[i])) runs.push_back({i, i});
    runs.back().end = i + 1;
  }
  std::ranges::stable_sort(
      runs, [&](const Run& one, const Run& other) { return before(rows[one.first], rows[other.first]); });
  const auto overlap = std::ranges::adjacent_find(
      runs, [&](const Run& one, const Run& other) { return !before(rows[one.end - 1], rows[other.first]); });
  std::vector<std::size_t> order;
  order.reserve(rows.size());
  for (const Run& run : runs) {
    for (std::size_t i = run.first; i < run.end; ++i) order.push_back(i);
  }
  if (overlap == runs.end()) return order;
  std::ranges::sort(order);
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return before(rows[a], rows[b]); });
  return order;
}

/// Orders by key; of equal keys the one that `better` puts first stays.
template <typename Row, typename KeyOf, typename Better>
void keep_best(Sorted<Row>& sorted, std::vector<Verdict>& verdicts, const KeyOf& key_of,
               const Better& better) {
  const std::vector<std::size_t> order = ordered(sorted.rows, [&](const Row& one, const Row& other) {
    const auto found = key_of(one) <=> key_of(other);
    return found != 0 ? found < 0 : better(one, other);
  });
  Sorted<Row> result;
  result.rows.reserve(order.size());
  result.places.reserve(order.size());
  for (const std::size_t i : order) {
    if (!result.rows.empty() && key_of(result.rows.back()) == key_of(sorted.rows[i])) {
      verdicts[sorted.places[i]].outcome = Outcome::kRepeated;
      continue;
    }
    result.rows.push_back(std::move(sorted.rows[i]));
    result.places.push_back(sorted.places[i]);
  }
  sorted = std::move(result);
}

/// The rows from this time on stay.
template <typename Row>
void drop_older(Sorted<Row>& sorted, std::vector<Verdict>& verdicts, std::int64_t from_ns) {
  if (std::ranges::none_of(sorted.rows, [&](const Row& row) { return row.at_ns < from_ns; })) return;
  Sorted<Row> result;
  for (std::size_t i = 0; i < sorted.rows.size(); ++i) {
    if (sorted.rows[i].at_ns < from_ns) {
      refuse(verdicts[sorted.places[i]],
             "it is older than the records that are kept (`raw_days`): whether it has been counted is not "
             "known");
      continue;
    }
    result.rows.push_back(std::move(sorted.rows[i]));
    result.places.push_back(sorted.places[i]);
  }
  sorted = std::move(result);
}

template <typename Row>
bool first_wins(const Row& /*one*/, const Row& /*other*/) {
  return false;
}

void take_instance(const v1::InstanceRecord& record, std::size_t place, std::string_view wire,
                   Intake& intake) {
  Verdict& verdict = intake.verdicts.records[place];
  std::optional<std::string> uid = pack_uid(record.uid());
  const std::optional<std::int64_t> time = time_of(record);
  if (!uid) return refuse(verdict, "uid is not \"<boot id>-<16 hex digits>\"");
  if (!time) return refuse(verdict, "the record has no time");
  intake.instances.rows.push_back({.uid = std::move(*uid),
                                   .sequence = static_cast<std::int64_t>(record.sequence()),
                                   .at_ns = *time,
                                   .sandbox = hash_of(record.sandbox()),
                                   .record = wire.empty() ? intake.keep(record.SerializeAsString()) : wire});
  intake.instances.places.push_back(place);
}

void take_ledger(const v1::NodeLedger& ledger, std::size_t place, std::string_view wire, Intake& intake) {
  Verdict& verdict = intake.verdicts.records[place];
  if (ledger.agent().empty()) return refuse(verdict, "the node ledger names no agent");
  if (ledger.end() <= 0) return refuse(verdict, "the node ledger has no time");
  if (ledger.agent().contains('\0')) return refuse(verdict, "the agent's name has a zero byte");
  intake.ledgers.rows.push_back({.agent = ledger.agent(),
                                 .sequence = static_cast<std::int64_t>(ledger.sequence()),
                                 .at_ns = ledger.end(),
                                 .record = wire.empty() ? ledger.SerializeAsString() : std::string(wire)});
  intake.ledgers.places.push_back(place);
}

}  // namespace

Intake::Intake(std::span<const v1::Record* const> records, std::span<const scaling::ScalingEvent> from_events,
               std::span<const std::string_view> wires)
    : records_(records) {
  verdicts.records.resize(records.size());
  verdicts.events.resize(from_events.size());
  instances.rows.reserve(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::string_view wire = wires.empty() ? std::string_view() : wires[i];
    if (records[i]->has_instance()) {
      take_instance(records[i]->instance(), i, wire, *this);
    } else if (records[i]->has_node_ledger()) {
      take_ledger(records[i]->node_ledger(), i, wire, *this);
    } else {
      refuse(verdicts.records[i], "a record of a kind that this program does not know");
    }
  }
  for (std::size_t i = 0; i < from_events.size(); ++i) {
    const scaling::ScalingEvent& event = from_events[i];
    events.rows.push_back(
        {event.source, event.id, event.time.time_since_epoch().count(), scaling::to_json(event)});
    events.places.push_back(i);
  }
  keep_best(
      instances, verdicts.records, [](const InstanceRow& row) -> const std::string& { return row.uid; },
      [](const InstanceRow& one, const InstanceRow& other) { return one.sequence > other.sequence; });
  keep_best(
      ledgers, verdicts.records, [](const LedgerRow& row) { return std::tie(row.agent, row.sequence); },
      first_wins<LedgerRow>);
  keep_best(
      events, verdicts.events, [](const EventRow& row) { return std::tie(row.source, row.id); },
      first_wins<EventRow>);
}

Intake::~Intake() = default;

const v1::InstanceRecord& Intake::instance(std::size_t row) const {
  const auto changed = changed_.find(row);
  return changed != changed_.end() ? *changed->second : records_[instances.places[row]]->instance();
}

void Intake::refuse_older(std::int64_t from_ns) {
  drop_older(instances, verdicts.records, from_ns);
  drop_older(ledgers, verdicts.records, from_ns);
}

void Intake::set_policy(std::size_t row, const std::string& policy) {
  auto record = std::make_unique<v1::InstanceRecord>(instance(row));
  record->set_policy(policy);
  instances.rows[row].record = keep(record->SerializeAsString());
  changed_[row] = std::move(record);
}

}  // namespace faastax::store
