// SPDX-License-Identifier: Apache-2.0
// What the pure parts cost, without a kernel: booking, reports, exposition, recordings, traces.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "agent/engine/catalog.hpp"
#include "agent/export/metrics_exporter.hpp"
#include "agent/rules/rules_parser.hpp"
#include "controlplane/trace/reader.hpp"
#include "ledger/ledger.hpp"
#include "ledger/recording.hpp"
#include "ledger/report_json.hpp"

namespace faastax {
namespace {

using ledger::Input;

constexpr ledger::Nanoseconds kMs = 1'000'000;

/// The inputs of `count` sandboxes that crun makes, that serve one request each and go; of 10 functions.
class Node {
 public:
  explicit Node(std::uint64_t count) {
    for (std::uint64_t i = 1; i <= count; ++i) sandbox(i);
  }
  const std::vector<Input>& inputs() const { return inputs_; }

 private:
  void sandbox(std::uint64_t i) {
    const std::string name = "sandbox-" + std::to_string(i);
    const ledger::AccountKey runtime = (i << 32) | 1;
    const ledger::AccountKey server = (i << 32) | 2;
    const ledger::CgroupId cgroup = 1000 + i;
    open(runtime, 1, "crun");
    exec(runtime, 1, "crun", name);
    change(cgroup, ledger::CgroupChanged::Change::kMade, "/" + name, runtime);
    ledger::Identified identified;
    identified.time = tick();
    identified.cgroup = cgroup;
    identified.sandbox = name;
    identified.space = "bench";
    identified.function = "f" + std::to_string(i % 10);
    inputs_.emplace_back(identified);
    open(server, cgroup, "crun");
    change(cgroup, ledger::CgroupChanged::Change::kEntered, "", server);
    exec(server, cgroup, "server", "");
    ledger::BecameReady ready;
    ready.time = tick();
    ready.cgroup = cgroup;
    inputs_.emplace_back(ready);
    ledger::RequestEnded request;
    request.start = tick();
    request.time = tick();
    request.cgroup = cgroup;
    inputs_.emplace_back(request);
    inputs_.emplace_back(ledger::CellsRead{
        .time = tick(), .accounts = {{runtime, {3 * kMs}, true}, {server, {kMs, kMs}, true}}, .cpus = {}});
    change(cgroup, ledger::CgroupChanged::Change::kRemoved, "", 0);
  }
  void open(ledger::AccountKey account, ledger::CgroupId cgroup, const char* name) {
    ledger::AccountOpened opened;
    opened.time = tick();
    opened.account = account;
    opened.pid = static_cast<std::uint32_t>(account >> 31) | static_cast<std::uint32_t>(account & 1);
    opened.cgroup = cgroup;
    opened.name = name;
    inputs_.emplace_back(opened);
  }
  /// A runtime's when it names a sandbox, else the sandbox's own program.
  void exec(ledger::AccountKey account, ledger::CgroupId cgroup, const char* name,
            const std::string& sandbox) {
    ledger::Executed executed;
    executed.time = tick();
    executed.account = account;
    executed.cgroup = cgroup;
    executed.program = sandbox.empty() ? ledger::Program::kOther : ledger::Program::kRuntime;
    executed.verb = sandbox.empty() ? ledger::Verb::kNone : ledger::Verb::kRun;
    executed.first_in_sandbox = sandbox.empty();
    executed.name = name;
    executed.sandbox = sandbox;
    inputs_.emplace_back(executed);
  }
  void change(ledger::CgroupId cgroup, ledger::CgroupChanged::Change what, const std::string& path,
              ledger::AccountKey by) {
    ledger::CgroupChanged changed;
    changed.time = tick();
    changed.cgroup = cgroup;
    changed.parent = 1;
    changed.change = what;
    changed.by = by;
    changed.sandbox = true;
    changed.path = path;
    inputs_.emplace_back(changed);
  }
  ledger::Nanoseconds tick() { return time_ += kMs / 10; }

  ledger::Nanoseconds time_ = 1'000'000'000;
  std::vector<Input> inputs_;
};

struct Books {
  rules::Rules rules = rules::default_rules().value();
  engine::RulesCatalog catalog{rules};
};

const Books& books() {
  static const Books kBooks;
  return kBooks;
}

ledger::Ledger booked(const std::vector<Input>& inputs) {
  ledger::Ledger ledger(books().catalog, {.keep_instances = true, .uid_prefix = "bench-"});
  for (const Input& input : inputs) ledger.apply(input);
  return ledger;
}

void rate(benchmark::State& state, std::size_t items) {
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(items));
}

void BookInputs(benchmark::State& state) {
  const Node node(1000);
  for (auto _ : state) {
    auto ledger = booked(node.inputs());
    benchmark::DoNotOptimize(&ledger);
  }
  rate(state, node.inputs().size());
}
BENCHMARK(BookInputs)->Unit(benchmark::kMillisecond);

void BuildReportOf1000Instances(benchmark::State& state) {
  const ledger::Ledger ledger = booked(Node(1000).inputs());
  for (auto _ : state) {
    auto report = ledger.report({});
    benchmark::DoNotOptimize(&report);
  }
}
BENCHMARK(BuildReportOf1000Instances)->Unit(benchmark::kMillisecond);

void ReportToJson(benchmark::State& state) {
  const ledger::Report report = booked(Node(1000).inputs()).report({});
  for (auto _ : state) benchmark::DoNotOptimize(ledger::to_json(report).size());
}
BENCHMARK(ReportToJson)->Unit(benchmark::kMillisecond);

ledger::Totals thousand_functions() {
  ledger::Totals totals;
  for (int i = 0; i < 1000; ++i) {
    auto& one = totals.functions[{"bench", "f" + std::to_string(i), ledger::Track::kRegular}];
    for (const auto activity : {ledger::Activity::kCreate, ledger::Activity::kInit, ledger::Activity::kHandle,
                                ledger::Activity::kIdle, ledger::Activity::kTeardown})
      one.cpu.add(activity, ledger::Evidence::kDirect, kMs);
    one.started = 1;
    one.completed = 1;
    one.request_seconds.add(0.01);
    one.cold_start_seconds.add(0.02);
  }
  return totals;
}

void PublishThousandFunctions(benchmark::State& state) {
  ledger::Totals totals = thousand_functions();
  exporting::MetricsExporter exporter({});
  for (auto _ : state) {
    for (auto& [name, one] : totals.functions)
      one.cpu.add(ledger::Activity::kHandle, ledger::Evidence::kDirect, kMs);
    exporter.publish(totals);
  }
}
BENCHMARK(PublishThousandFunctions)->Unit(benchmark::kMillisecond);

void ScrapeThousandFunctions(benchmark::State& state) {
  exporting::MetricsExporter exporter({});
  exporter.publish(thousand_functions());
  for (auto _ : state) benchmark::DoNotOptimize(exporter.scrape("bench").size());
}
BENCHMARK(ScrapeThousandFunctions)->Unit(benchmark::kMillisecond);

void EncodeInputs(benchmark::State& state) {
  const Node node(100);
  for (auto _ : state) {
    for (const Input& input : node.inputs()) benchmark::DoNotOptimize(ledger::encode(input).size());
  }
  rate(state, node.inputs().size());
}
BENCHMARK(EncodeInputs)->Unit(benchmark::kMillisecond);

void DecodeInputs(benchmark::State& state) {
  const Node node(100);
  std::vector<std::string> lines;
  for (const Input& input : node.inputs()) lines.push_back(ledger::encode(input));
  for (auto _ : state) {
    for (const std::string& line : lines) benchmark::DoNotOptimize(ledger::decode(line).has_value());
  }
  rate(state, lines.size());
}
BENCHMARK(DecodeInputs)->Unit(benchmark::kMillisecond);

void ReadTrace(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(trace::load_trace(FAASTAX_EXAMPLE_TRACE).has_value());
}
BENCHMARK(ReadTrace)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace faastax
