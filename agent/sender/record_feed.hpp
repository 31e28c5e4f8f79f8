// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>

#include "agent/records/identity.hpp"
#include "agent/sender/shipper.hpp"
#include "ledger/ledger.hpp"

namespace faastax::sender {

struct FeedOptions {
  ShipperOptions shipper;
  records::Identity identity;
  std::chrono::milliseconds ledger_period = std::chrono::seconds(10);    ///< a NodeLedger each
  std::chrono::milliseconds instance_period = std::chrono::seconds(30);  ///< see InstanceRecorder
};

/// Tells a collector what a ledger books: looks at it, records what is due, and sends it.
class RecordFeed {
 public:
  RecordFeed(FeedOptions options, ledger::NodeInfo node);
  ~RecordFeed();

  /// After each reading of the cells, and at least once before what has ended is forgotten. Never waits.
  /// The ledger is one with Options::keep_instances.
  void tell(ledger::Ledger& ledger);

  /// Everything that was not told yet; waits for its acknowledgement no longer than `patience`.
  void finish(ledger::Ledger& ledger, std::chrono::milliseconds patience);

  SenderStatus status() const { return shipper_.status(); }

 private:
  struct Records;

  const ledger::Nanoseconds ledger_period_;
  std::unique_ptr<Records> records_;
  ledger::Nanoseconds next_ledger_ = 0;
  Shipper shipper_;
};

}  // namespace faastax::sender
