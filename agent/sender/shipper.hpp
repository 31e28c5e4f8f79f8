// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "agent/sender/collector_address.hpp"
#include "agent/sender/sender_status.hpp"
#include "agent/spool/spool.hpp"
#include "proto/records.pb.h"

namespace faastax::sender {

class Mailbox;

struct ShipperOptions {
  CollectorAddress collector;
  spool::SpoolOptions spool;
  std::string version;  ///< of the agent
  /// First thing on the thread, of which gRPC's are children.
  std::function<void()> on_thread = {};
};

/// Puts records into the spool and sends what is in it: a thread of its own, so that neither a slow disk nor
/// a slow collector holds up who calls put().
class Shipper {
 public:
  explicit Shipper(ShipperOptions options);
  Shipper(const Shipper&) = delete;
  Shipper& operator=(const Shipper&) = delete;
  ~Shipper();

  /// Never waits. A NodeLedger gets its lost_records when it enters the spool.
  void put(std::vector<v1::Record> records);

  /// Ends the thread, once all is acknowledged if that happens within `patience`. What is not stays in the
  /// spool.
  void stop(std::chrono::milliseconds patience);

  SenderStatus status() const;

 private:
  class Loop;

  void run(const ShipperOptions& options);
  void tell(const SenderStatus& status);

  std::shared_ptr<Mailbox> mailbox_;
  mutable std::mutex mutex_;  ///< guards status_ and patience_
  SenderStatus status_;
  std::chrono::milliseconds patience_{0};
  std::jthread thread_;
};

}  // namespace faastax::sender
