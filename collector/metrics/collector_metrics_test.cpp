// SPDX-License-Identifier: Apache-2.0
#include "collector/metrics/collector_metrics.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "collector/metrics/collector_metrics_doc.hpp"
#include "collector/metrics/metric_list.hpp"
#include "proto/records.pb.h"

namespace faastax::collector {
namespace {

using store::Outcome;
using store::Verdict;

std::string scrape(CollectorMetrics& metrics, const CollectorMetrics::Gauges& gauges = {}) {
  return metrics.scrape(gauges, "p", std::chrono::steady_clock::now());
}

bool has(const std::string& text, std::string_view line) { return text.find(line) != std::string::npos; }

TEST(CollectorMetrics, TheDocumentIsUpToDate) {
  std::ifstream file(FAASTAX_METRICS_DOC);
  EXPECT_EQ(metrics_document(), std::string(std::istreambuf_iterator<char>(file), {}));
}

TEST(CollectorMetrics, EveryMetricOfTheListIsThereFromTheStart) {
  CollectorMetrics metrics("1.2.3");
  const auto text = scrape(metrics);
  for (const auto& line : metric_list()) {
    if (line.name.starts_with("faastax_collector_")) {
      EXPECT_TRUE(has(text, "\n" + std::string(line.name)) || has(text, " " + std::string(line.name)))
          << line.name;
    }
  }
  EXPECT_TRUE(has(text, "faastax_collector_info{version=\"1.2.3\"} 1\n")) << text;
}

TEST(CollectorMetrics, CountsByOutcome) {
  CollectorMetrics metrics("1.0");
  v1::Record record;
  record.mutable_instance()->set_node("n");
  const std::vector<const v1::Record*> records(4, &record);
  const std::vector<Verdict> verdicts = {
      {Outcome::kNew, ""}, {Outcome::kNew, ""}, {Outcome::kRepeated, ""}, {Outcome::kRefused, "x"}};
  metrics.records_stored(records, verdicts);
  metrics.store_failed("unavailable: for this test");
  metrics.maintenance_failed("for this test");
  metrics.reload_failed(Credential::kToken, "for this test");
  const auto text = scrape(metrics, {.streams = 3, .waiting_bytes = 9, .store_available = false});
  for (const auto* line :
       {"faastax_collector_records_total{outcome=\"new\"} 2\n",
        "faastax_collector_records_total{outcome=\"replaced\"} 0\n",
        "faastax_collector_records_total{outcome=\"repeated\"} 1\n",
        "faastax_collector_records_total{outcome=\"refused\"} 1\n",
        "faastax_collector_refused_records_total{reason=\"store\"} 1\n", "faastax_collector_streams 3\n",
        "faastax_collector_waiting_bytes 9\n", "faastax_collector_store_available 0\n",
        "faastax_collector_store_failures_total 1\n", "faastax_collector_maintenance_failures_total 1\n",
        "faastax_collector_reload_failures_total{file=\"tls\"} 0\n",
        "faastax_collector_reload_failures_total{file=\"token\"} 1\n"}) {
    EXPECT_TRUE(has(text, line)) << line << text;
  }
}

TEST(CollectorMetrics, AnEventCountsOnce) {
  CollectorMetrics metrics("1.0");
  scaling::Decision decision;
  decision.decision_id = "d";
  decision.policy = "p";
  const std::vector<scaling::ScalingEvent> events(2, {"s", "d", {}, decision});
  const std::vector<Verdict> verdicts = {{Outcome::kNew, ""}, {Outcome::kRepeated, ""}};
  metrics.events_stored(events, verdicts);
  scrape(metrics);
  const auto text = scrape(metrics);
  EXPECT_TRUE(has(text, "faastax_collector_events_total{outcome=\"new\"} 1\n")) << text;
  EXPECT_TRUE(has(text, "policy=\"p\"} 1\n")) << text;
}

TEST(CollectorMetrics, NoticesTwoMachinesOfOneName) {
  CollectorMetrics metrics("1.0");
  const auto send = [&](const char* uid, std::int64_t observed) {
    v1::Record record;
    record.mutable_instance()->set_node("n");
    record.mutable_instance()->set_uid(uid);
    record.mutable_instance()->set_observed(observed);
    const v1::Record* pointer = &record;
    const Verdict verdict;
    metrics.records_stored({&pointer, 1}, {&verdict, 1});
  };
  send("a-1", 100);
  send("b-1", 200);
  send("a-2", 300);
  EXPECT_TRUE(has(scrape(metrics), "faastax_collector_shared_node_names_total 1\n"));
}

}  // namespace
}  // namespace faastax::collector
