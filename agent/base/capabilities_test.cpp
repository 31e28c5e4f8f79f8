// SPDX-License-Identifier: Apache-2.0
#include "agent/base/capabilities.hpp"

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/prctl.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

namespace faastax::base {
namespace {

// What gives capabilities up does so in a process of its own.
constexpr int kDone = 7;

std::string of_status(const std::string& key) {
  std::ifstream status("/proc/thread-self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key + ":\t")) return line.substr(key.size() + 2);
  }
  return {};
}

std::uint64_t mask_of(const std::string& key) { return std::stoull(of_status(key), nullptr, 16); }

void expect(bool holds) {
  if (!holds) std::exit(1);
}

TEST(Capabilities, AreASet) {
  constexpr Capabilities two{CAP_NET_ADMIN, CAP_BPF};
  EXPECT_TRUE(two.has(CAP_BPF));
  EXPECT_FALSE(two.has(CAP_SYSLOG));
  EXPECT_EQ(two.without(CAP_BPF).with(CAP_BPF), two);
  EXPECT_EQ(two.both({CAP_BPF, CAP_SYSLOG}), Capabilities{CAP_BPF});
  EXPECT_EQ(two.bits(), std::uint64_t{1} << 12 | std::uint64_t{1} << 39);
}

TEST(Capabilities, AreWhatTheKernelSays) { EXPECT_EQ(effective_capabilities().bits(), mask_of("CapEff")); }

TEST(Capabilities, AreGivenUpForGood) {
  const auto give_up = [] {
    const Capabilities before = effective_capabilities();
    expect(keep_only({CAP_SYSLOG, CAP_BPF}).has_value());
    const Capabilities left = before.both({CAP_SYSLOG, CAP_BPF});
    for (const char* set : {"CapEff", "CapPrm"}) expect(mask_of(set) == left.bits());
    for (const char* set : {"CapInh", "CapAmb"}) expect(mask_of(set) == 0);
    if (before.has(CAP_SETPCAP)) expect(mask_of("CapBnd") == left.bits());
    expect(keep_only({CAP_SYSLOG, CAP_NET_ADMIN}).has_value());
    expect(effective_capabilities() == before.both({CAP_SYSLOG}));
    std::exit(kDone);
  };
  EXPECT_EXIT(give_up(), testing::ExitedWithCode(kDone), "");
}

TEST(Capabilities, StayWithThreadsThatWereThereBefore) {
  const auto give_up = [] {
    const Capabilities before = effective_capabilities();
    std::thread([] { expect(keep_only({}).has_value()); }).join();
    expect(effective_capabilities() == before);
    std::exit(kDone);
  };
  EXPECT_EXIT(give_up(), testing::ExitedWithCode(kDone), "");
}

TEST(Capabilities, CanBeTriedWithout) {
  const Capabilities before = effective_capabilities();
  Capabilities meanwhile;
  EXPECT_TRUE(works_without(CAP_BPF, [&] {
    meanwhile = effective_capabilities();
    return true;
  }));
  EXPECT_EQ(meanwhile, before.without(CAP_BPF));
  EXPECT_FALSE(works_without(CAP_BPF, [] { return false; }));
  EXPECT_EQ(effective_capabilities(), before);
}

TEST(Capabilities, NoProgramGainsAny) {
  const auto forbid = [] {
    expect(forbid_new_privileges().has_value());
    expect(of_status("NoNewPrivs") == "1");
    std::exit(kDone);
  };
  EXPECT_EXIT(forbid(), testing::ExitedWithCode(kDone), "");
}

}  // namespace
}  // namespace faastax::base
