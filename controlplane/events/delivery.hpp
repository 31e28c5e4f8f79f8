// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "agent/base/result.hpp"
#include "controlplane/events/collector_url.hpp"
#include "proto/scaling_event.hpp"

namespace faastax::events {

struct DeliveryOptions {
  std::optional<std::filesystem::path> file;  ///< gets each event as a line of JSON, behind what it has
  std::optional<CollectorUrl> collector;
  std::string token;  ///< bearer token for the collector; empty: none
};

/// What became of the events.
struct DeliveryCounts {
  std::uint64_t taken = 0;
  std::uint64_t lost_to_file = 0;
  std::uint64_t stored = 0;  ///< that the collector acknowledged
  std::uint64_t lost = 0;    ///< that the collector did not take
  std::string why;           ///< of the last loss
};

/// Writes events to a file and sends them to a collector, in batches, from a thread of its own: take() never
/// waits. A collector that does not answer is tried again, ever more rarely; meanwhile events wait in memory,
/// at most 100,000. Those that find no room, that the collector refuses, or that wait in the end are counted
/// as lost. The collector stores an event once however often it is sent.
class Delivery {
 public:
  /// Opens the file. The collector need not be there yet.
  static base::Result<std::unique_ptr<Delivery>> open(DeliveryOptions options);
  ~Delivery();
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  void take(scaling::ScalingEvent event);
  /// No event comes any more: waits until all are delivered, for the collector at most `limit`. Once.
  DeliveryCounts finish(std::chrono::milliseconds limit);

 private:
  class Worker;
  explicit Delivery(std::unique_ptr<Worker> worker);
  std::unique_ptr<Worker> worker_;
};

/// The token in a file's first line. An empty one is an error.
base::Result<std::string> read_token(const std::filesystem::path& file);

}  // namespace faastax::events
