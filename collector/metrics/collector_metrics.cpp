// SPDX-License-Identifier: Apache-2.0
#include "collector/metrics/collector_metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <spdlog/spdlog.h>

#include <iterator>
#include <type_traits>
#include <utility>

#include "proto/records.pb.h"

namespace faastax::collector {
namespace {

constexpr std::array<std::string_view, 4> kOutcomeNames = {"new", "replaced", "repeated", "refused"};
static_assert(static_cast<std::size_t>(store::Outcome::kNew) == 0 &&
              static_cast<std::size_t>(store::Outcome::kRefused) == 3);

prometheus::Labels labels_of(Metric metric, std::string_view value) {
  const auto name = line_of(metric).labels;
  if (name.empty()) return {};
  return {{std::string(name), std::string(value)}};
}

/// A family of the list.
template <typename Kind>
prometheus::Family<Kind>& family(prometheus::Registry& registry, Metric metric) {
  const auto& line = line_of(metric);
  auto builder = [] {
    if constexpr (std::is_same_v<Kind, prometheus::Counter>) return prometheus::BuildCounter();
    if constexpr (std::is_same_v<Kind, prometheus::Gauge>) return prometheus::BuildGauge();
    if constexpr (std::is_same_v<Kind, prometheus::Histogram>) return prometheus::BuildHistogram();
  }();
  return builder.Name(std::string(line.name)).Help(std::string(line.help)).Register(registry);
}

}  // namespace

prometheus::Counter* CollectorMetrics::counter(Metric metric, std::string_view value) {
  return &family<prometheus::Counter>(*registry_, metric).Add(labels_of(metric, value));
}

prometheus::Gauge* CollectorMetrics::gauge(Metric metric) {
  return &family<prometheus::Gauge>(*registry_, metric).Add(labels_of(metric, version_));
}

CollectorMetrics::CollectorMetrics(std::string_view version)
    : version_(version),
      registry_(std::make_unique<prometheus::Registry>(prometheus::Registry::InsertBehavior::Merge)),
      batches_taken_(counter(Metric::kBatches, "taken")),
      batches_refused_(counter(Metric::kBatches, "refused")),
      store_failures_(counter(Metric::kStoreFailures)),
      maintenance_failures_(counter(Metric::kMaintenanceFailures)),
      shared_names_(counter(Metric::kSharedNames)),
      clock_jumps_(counter(Metric::kClockJumps)),
      newer_agents_(counter(Metric::kNewerAgents)),
      streams_(gauge(Metric::kStreams)),
      waiting_bytes_(gauge(Metric::kWaitingBytes)),
      store_available_(gauge(Metric::kStoreAvailable)) {
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    records_.at(i) = counter(Metric::kRecords, kOutcomeNames.at(i));
    events_.at(i) = counter(Metric::kEvents, kOutcomeNames.at(i));
  }
  for (std::size_t i = 0; i < kRefusals; ++i) {
    refusals_.at(i) = counter(Metric::kRefusedRecords, name_of(static_cast<Refusal>(i)));
  }
  for (std::size_t i = 0; i < kDeliveries; ++i) {
    deliveries_.at(i) = counter(Metric::kEventRequests, name_of(static_cast<Delivery>(i)));
  }
  for (std::size_t i = 0; i < kCredentials; ++i) {
    reload_failures_.at(i) = counter(Metric::kReloadFailures, name_of(static_cast<Credential>(i)));
  }
  const auto bounds = store_seconds_bounds();
  store_seconds_ = &family<prometheus::Histogram>(*registry_, Metric::kStoreSeconds)
                        .Add({}, prometheus::Histogram::BucketBoundaries(bounds.begin(), bounds.end()));
  gauge(Metric::kInfo)->Set(1);
}

CollectorMetrics::~CollectorMetrics() = default;

void CollectorMetrics::records_stored(std::span<const v1::Record* const> records,
                                      std::span<const store::Verdict> verdicts) {
  std::array<double, kOutcomes> counts{};
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const auto outcome = verdicts[i].outcome;
    counts.at(static_cast<std::size_t>(outcome)) += 1;
    if (outcome == store::Outcome::kNew || outcome == store::Outcome::kReplaced) watch(*records[i]);
  }
  for (std::size_t i = 0; i < kOutcomes; ++i) records_.at(i)->Increment(counts.at(i));
  refusals_.at(static_cast<std::size_t>(Refusal::kStore))->Increment(counts.back());
  report_noticed();
}

void CollectorMetrics::watch(const v1::Record& record) {
  if (record.has_instance()) {
    const auto& instance = record.instance();
    watch_.record(instance.node(), boot_of(instance.uid()), instance.observed());
  } else {
    const auto& ledger = record.node_ledger();
    watch_.record(ledger.node(), boot_of(ledger.agent()), ledger.end());
    watch_.ledger(ledger.node(), ledger.agent(), ledger.sequence(), ledger.start(), ledger.end());
  }
}

void CollectorMetrics::report_noticed() {
  const auto& noticed = watch_.noticed();
  if (noticed == told_) return;
  if (noticed.shared_names != told_.shared_names) {
    spdlog::warn("two machines send as node '{}': give each a name of its own", watch_.shared_name());
  }
  shared_names_->Increment(static_cast<double>(noticed.shared_names - told_.shared_names));
  clock_jumps_->Increment(static_cast<double>(noticed.clock_jumps - told_.clock_jumps));
  told_ = noticed;
}

void CollectorMetrics::events_stored(std::span<const scaling::ScalingEvent> events,
                                     std::span<const store::Verdict> verdicts) {
  if (verdicts.empty()) return;
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    events_.at(static_cast<std::size_t>(verdicts[i].outcome))->Increment();
    if (verdicts[i].outcome == store::Outcome::kNew) scaling_.add(events[i], now);
  }
}

void CollectorMetrics::committed(std::size_t, std::chrono::nanoseconds took) {
  store_seconds_->Observe(std::chrono::duration<double>(took).count());
}

void CollectorMetrics::store_failed(const std::string& why) {
  store_failures_->Increment();
  spdlog::error("{}; what comes waits, agents keep what does not fit", why);
}

void CollectorMetrics::store_recovered() { spdlog::info("the store takes what comes again"); }

void CollectorMetrics::maintenance_failed(const std::string& why) {
  maintenance_failures_->Increment();
  spdlog::warn("cannot sum up or remove what is old: {}", why);
}

void CollectorMetrics::batch_taken(RecordBatch& batch) {
  batches_taken_->Increment();
  double refused = 0;
  for (std::size_t i = 0; i < kRefusals; ++i) {
    const auto count = batch.refusals().at(i);
    if (count != 0) refusals_.at(i)->Increment(count);
    refused += count;
  }
  if (refused > 0) {
    records_.back()->Increment(refused);
    spdlog::debug("refused {} records of a batch, the first: {}", refused, batch.first_refusal());
  }
  const std::string& version = batch.agent_version();
  if (!is_newer(version, version_)) return;
  newer_agents_->Increment();
  if (!told_newer_.exchange(true)) {
    spdlog::warn("an agent of version {} sends to this collector of version {}: update the collector first",
                 version, version_);
  }
}

void CollectorMetrics::batch_refused() { batches_refused_->Increment(); }

void CollectorMetrics::delivered(Delivery delivery) {
  deliveries_.at(static_cast<std::size_t>(delivery))->Increment();
}

void CollectorMetrics::reload_failed(Credential credential, const std::string& why) {
  reload_failures_.at(static_cast<std::size_t>(credential))->Increment();
  spdlog::error("{}; what was read before stays in use", why);
}

std::string CollectorMetrics::scrape(const Gauges& gauges, std::string_view scraper,
                                     exporting::TimePoint now) {
  streams_->Set(static_cast<double>(gauges.streams));
  waiting_bytes_->Set(static_cast<double>(gauges.waiting_bytes));
  store_available_->Set(gauges.store_available ? 1 : 0);
  auto families = registry_->Collect();
  {
    const std::lock_guard lock(mutex_);
    auto more = scaling_.show(scraper, now);
    families.insert(families.end(), std::make_move_iterator(more.begin()),
                    std::make_move_iterator(more.end()));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace faastax::collector
