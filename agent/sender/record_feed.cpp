// SPDX-License-Identifier: Apache-2.0
#include "agent/sender/record_feed.hpp"

#include <utility>

#include "agent/records/instance_recorder.hpp"
#include "agent/records/node_ledger.hpp"

namespace faastax::sender {
namespace {

ledger::Nanoseconds nanoseconds(std::chrono::nanoseconds time) {
  return static_cast<ledger::Nanoseconds>(time.count());
}

void add(std::vector<v1::InstanceRecord> from, std::vector<v1::Record>& to) {
  for (v1::InstanceRecord& instance : from) *to.emplace_back().mutable_instance() = std::move(instance);
}

}  // namespace

struct RecordFeed::Records {
  Records(const FeedOptions& options, ledger::NodeInfo info)
      : instances(options.identity, nanoseconds(options.instance_period)),
        node(options.identity, std::move(info)) {}

  records::InstanceRecorder instances;
  records::NodeLedgers node;
};

RecordFeed::RecordFeed(FeedOptions options, ledger::NodeInfo node)
    : ledger_period_(nanoseconds(options.ledger_period)),
      records_(std::make_unique<Records>(options, std::move(node))),
      next_ledger_(options.identity.born + ledger_period_),
      shipper_(std::move(options.shipper)) {}

RecordFeed::~RecordFeed() = default;

void RecordFeed::tell(ledger::Ledger& ledger) {
  const ledger::ClocksRead clocks = ledger.clocks();
  records_->instances.see(ledger.live_instances(), ledger.take_ended_instances(), clocks.mono);
  const ledger::Totals& totals = ledger.current();
  std::vector<v1::Record> due;
  add(records_->instances.due(clocks, totals.counting), due);
  if (clocks.mono >= next_ledger_) {
    // On a grid: readings come a little late each time.
    while (next_ledger_ <= clocks.mono) next_ledger_ += ledger_period_;
    *due.emplace_back().mutable_node_ledger() = records_->node.close(totals, clocks);
  }
  shipper_.put(std::move(due));
}

void RecordFeed::finish(ledger::Ledger& ledger, std::chrono::milliseconds patience) {
  const ledger::ClocksRead clocks = ledger.clocks();
  records_->instances.see(ledger.live_instances(), ledger.take_ended_instances(), clocks.mono);
  const ledger::Totals& totals = ledger.current();
  std::vector<v1::Record> rest;
  add(records_->instances.all(clocks, totals.counting), rest);
  *rest.emplace_back().mutable_node_ledger() = records_->node.close(totals, clocks);
  shipper_.put(std::move(rest));
  shipper_.stop(patience);
}

}  // namespace faastax::sender
