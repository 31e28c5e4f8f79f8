// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "agent/export/testing_totals.hpp"

/// The text as Prometheus' own tool sees it.
namespace faastax::exporting {
namespace {

ledger::Totals everything() {
  ledger::Totals totals;
  totals.components["cni:bridge"].add(ledger::Activity::kCreate, ledger::Evidence::kDirect, 1'000'000);
  totals.programs = {{"sched_switch", 1000, 180.5}};
  totals.dying_cgroups = 4;
  totals.counting.source = "exact";
  auto& f = totals.functions[testing::function("f\"\\\n\xFF", ledger::Track::kEmergency)];
  testing::handle(f, 0.1);
  f.cpu.add(ledger::Activity::kHandle, ledger::Evidence::kDirect, {0, 3'000'000});
  f.started = f.completed = f.aborted = f.served_none = 1;
  f.ended["exit"] = 1;
  f.instances[0] = 1;
  f.memory_byte_seconds[1] = 1e9;
  f.cold_start_seconds.add(0.1);
  f.request_seconds.add(0.002);
  return totals;
}

std::string text_of(const ledger::Totals& totals) {
  MetricsExporter exporter({"0.1.0", "6.18.44", "hybrid", "none"});
  exporter.publish(totals, {.delivery = Delivery{}});
  exporter.scrape("p");
  return exporter.scrape("p");
}

/// Output and exit status of a command.
std::pair<std::string, int> run(const std::string& command) {
  std::string output;
  auto* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {"popen failed", -1};
  std::array<char, 4096> part{};
  while (const auto size = std::fread(part.data(), 1, part.size(), pipe)) output.append(part.data(), size);
  return {output, pclose(pipe)};
}

TEST(Exposition, PromtoolFindsNothingToSay) {
  if (run("promtool --version").second != 0) GTEST_SKIP() << "promtool is not installed";
  const auto path = std::filesystem::temp_directory_path() / ("faastax-metrics-" + std::to_string(getpid()));
  std::ofstream(path) << text_of(everything());
  const auto [output, status] = run("promtool check metrics < " + path.string());
  std::filesystem::remove(path);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(output, "");
}

TEST(Exposition, HasEveryFamily) {
  const auto text = text_of(everything());
  for (const auto& spec : metric_specs()) {
    EXPECT_NE(text.find("# TYPE " + std::string(spec.name) + " "), std::string::npos) << spec.name;
  }
}

TEST(Exposition, WritesLabelsAndValuesPlainly) {
  const auto text = text_of(everything());
  const std::string labels =
      "namespace=\"lab\",function=\"f\\\"\\\\\xEF\xBF\xBD\xEF\xBF\xBD\",track=\"emergency\"";
  EXPECT_NE(text.find("faastax_function_cpu_seconds_total{" + labels +
                      ",activity=\"handle\",evidence=\"direct\"} 0.1\n"),
            std::string::npos);
  EXPECT_NE(text.find("faastax_cold_start_seconds_bucket{" + labels + ",le=\"0.005\"} 0\n"),
            std::string::npos);
  EXPECT_NE(text.find("faastax_cold_start_seconds_bucket{" + labels + ",le=\"60\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("faastax_agent_bpf_estimated_seconds_total{program=\"sched_switch\"} 0.0001805\n"),
            std::string::npos);
}

}  // namespace
}  // namespace faastax::exporting
