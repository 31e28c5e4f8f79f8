// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstddef>
#include <string>

#include "ledger/ledger.hpp"
#include "ledger/testdata/script.hpp"

/// A node that churns for days: what the ledger keeps does not grow with what has been.
namespace faastax::ledger {
namespace {

using testdata::kMs;
using testdata::kSecond;
using testdata::Script;

constexpr Nanoseconds kTwentyMinutes = 1200 * kSecond;

Ledger::Options forgetful() {
  Ledger::Options options;
  options.forget_functions_after = kTwentyMinutes;
  return options;
}

std::size_t heap_bytes() { return ::mallinfo2().uordblks; }

/// `count` sandboxes with ids and functions of their own, 20 a second.
void churn(Script& node, unsigned first, unsigned count) {
  for (unsigned i = first; i < first + count; ++i) {
    const std::string name = "f" + std::to_string(i);
    const auto sandbox = node.start(name, 10 + i, name);
    node.run(sandbox.main, kMs, Phase::kStarting);
    node.ready(sandbox.cgroup);
    node.run(sandbox.main, kMs, Phase::kBusy);
    node.request(sandbox.cgroup, node.now() - kMs);
    node.pass(48 * kMs);
    node.finish(sandbox);
  }
}

TEST(LedgerBounds, AHundredThousandSandboxesLeaveNothingBehind) {
  Script node(forgetful());
  churn(node, 0, 50'000);
  const std::size_t half = heap_bytes();
  churn(node, 50'000, 50'000);
  // With an instrumented allocator there are no figures, and both are 0.
  EXPECT_LE(heap_bytes(), half + half / 10);
  EXPECT_LE(node.totals().functions.size(), 26'000U) << "20 minutes of them, and what is forgotten next";
  EXPECT_EQ(node.totals().started, 100'000U);
  EXPECT_EQ(node.node(Activity::kHandle), 100'000 * kMs) << "the node keeps what its functions used";
  node.pass(2 * kTwentyMinutes);
  node.read();
  EXPECT_TRUE(node.totals().functions.empty());
}

TEST(LedgerBounds, AReportsWindowForgetsNothing) {
  Script node(Ledger::Options{});
  churn(node, 0, 1000);
  node.pass(10 * kTwentyMinutes);
  node.read();
  EXPECT_EQ(node.totals().functions.size(), 1000U);
}

TEST(LedgerBounds, AFunctionWithALiveInstanceStays) {
  Script node(forgetful());
  const auto sandbox = node.start("a", 7);
  node.run(sandbox.main, kMs, Phase::kBusy);
  for (int hour = 0; hour < 48; ++hour) {
    node.pass(3600 * kSecond);
    node.read();
  }
  EXPECT_EQ(node.function("server", Activity::kHandle), kMs);
}

TEST(LedgerBounds, AForgottenFunctionBeginsAgain) {
  Script node(forgetful());
  for (CgroupId cgroup = 7; cgroup < 9; ++cgroup) {
    node.finish(node.start("a", cgroup));
    node.pass(2 * kTwentyMinutes);
    node.read();
    EXPECT_TRUE(node.totals().functions.empty());
  }
  node.finish(node.start("a", 9));
  EXPECT_EQ(node.function("server").started, 1U);
  EXPECT_EQ(node.totals().started, 3U);
}

TEST(LedgerBounds, PartsOfALongLivedSandboxAreForgotten) {
  Script node(Ledger::Options{});
  node.start("a", 7);
  node.read();
  const std::size_t before = heap_bytes();
  for (CgroupId part = 1000; part < 51'000; ++part) {
    node.make_part(part, 7);
    node.remove(part);
    node.pass(100 * kMs);
    if (part % 10 == 0) node.read();
  }
  EXPECT_LE(heap_bytes(), before + 1'000'000);
}

TEST(LedgerBounds, StartsThatFailLeaveNothingBehind) {
  Script node(Ledger::Options{});
  std::size_t before = 0;
  for (int i = 0; i < 40'000; ++i) {
    if (i == 20'000) before = heap_bytes();
    const AccountKey runtime =
        node.spawn(node.shell(), "crun", {.verb = Verb::kRun, .sandbox = "s" + std::to_string(i)});
    node.make(10 + static_cast<CgroupId>(i), "/s", runtime);
    node.identify(10 + static_cast<CgroupId>(i), "shop");
    node.remove(10 + static_cast<CgroupId>(i));
    node.exit(runtime, 1 << 8);
    node.pass(50 * kMs);
    node.read();
  }
  EXPECT_EQ(node.totals().create_failed, 40'000U);
  EXPECT_LE(heap_bytes(), before + 100'000);
}

}  // namespace
}  // namespace faastax::ledger
