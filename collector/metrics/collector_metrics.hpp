// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "collector/events/credential_watch.hpp"
#include "collector/events/event_inbox.hpp"
#include "collector/ingest/commit_observer.hpp"
#include "collector/ingest/node_watch.hpp"
#include "collector/ingest/record_check.hpp"
#include "collector/ingest/stream_observer.hpp"
#include "collector/metrics/scaling_metrics.hpp"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
}  // namespace prometheus

namespace faastax::collector {

/// What the collector tells of itself: counts what the others report, logs what a person should look at, and
/// makes /metrics of it. Any thread.
class CollectorMetrics final : public CommitObserver, public StreamObserver {
 public:
  explicit CollectorMetrics(std::string_view version);
  ~CollectorMetrics() override;

  void records_stored(std::span<const v1::Record* const> records,
                      std::span<const store::Verdict> verdicts) override;
  void events_stored(std::span<const scaling::ScalingEvent> events,
                     std::span<const store::Verdict> verdicts) override;
  void committed(std::size_t stored, std::chrono::nanoseconds took) override;
  void store_failed(const std::string& why) override;
  void store_recovered() override;
  void maintenance_failed(const std::string& why) override;

  void batch_taken(RecordBatch& batch) override;
  void batch_refused() override;

  void delivered(Delivery delivery);

  /// Changed files that cannot be used.
  void reload_failed(Credential credential, const std::string& why);

  /// What is known when it is asked for.
  struct Gauges {
    std::size_t streams = 0;
    std::size_t waiting_bytes = 0;
    bool store_available = true;
  };
  /// The text of /metrics for this scraper.
  std::string scrape(const Gauges& gauges, std::string_view scraper, exporting::TimePoint now);

 private:
  static constexpr std::size_t kOutcomes = 4;
  using Outcomes = std::array<prometheus::Counter*, kOutcomes>;

  prometheus::Counter* counter(Metric metric, std::string_view value = {});
  prometheus::Gauge* gauge(Metric metric);
  void watch(const v1::Record& record);
  void report_noticed();

  const std::string version_;
  const std::unique_ptr<prometheus::Registry> registry_;
  Outcomes records_;
  Outcomes events_;
  std::array<prometheus::Counter*, kRefusals> refusals_{};
  std::array<prometheus::Counter*, kDeliveries> deliveries_{};
  prometheus::Counter* batches_taken_;
  prometheus::Counter* batches_refused_;
  prometheus::Counter* store_failures_;
  prometheus::Counter* maintenance_failures_;
  std::array<prometheus::Counter*, kCredentials> reload_failures_{};
  prometheus::Counter* shared_names_;
  prometheus::Counter* clock_jumps_;
  prometheus::Counter* newer_agents_;
  prometheus::Gauge* streams_;
  prometheus::Gauge* waiting_bytes_;
  prometheus::Gauge* store_available_;
  prometheus::Histogram* store_seconds_;
  std::atomic<bool> told_newer_ = false;

  NodeWatch watch_;  ///< the committer's thread alone
  NodeWatch::Noticed told_;

  std::mutex mutex_;  ///< guards scaling_
  ScalingMetrics scaling_;
};

}  // namespace faastax::collector
