// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/registry.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace faastax::policy {
namespace {

using namespace std::chrono_literals;

std::string error_of(std::string_view text, const std::vector<std::string>& settings = {}) {
  const auto choice = choose_policy(text, settings);
  return choice ? "" : choice.error();
}

TEST(Registry, HasThePoliciesOfThePapersInOrder) {
  std::vector<std::string> names;
  for (const PolicyType& type : policy_types()) names.push_back(type.name);
  EXPECT_TRUE(std::ranges::is_sorted(names));
  for (const char* name : {"async", "dirigent", "dual", "regression", "sync"}) {
    EXPECT_EQ(std::ranges::count(names, name), 1) << name;
  }
}

TEST(Registry, EveryPolicyCanBeMadeWithItsDefaults) {
  for (const PolicyType& type : policy_types()) {
    const auto choice = choose_policy(type.name);
    ASSERT_TRUE(choice) << choice.error();
    EXPECT_EQ(choice->type->make(choice->values)->name(), type.name);
    EXPECT_FALSE(type.summary.empty());
    EXPECT_EQ(std::ranges::count(type.parameters, type.main_parameter, &Parameter::name), 1);
    for (const Preset& preset : type.presets) EXPECT_TRUE(choose_policy(type.name + ":" + preset.name));
  }
}

TEST(Registry, DefaultsLieWithinTheirBounds) {
  for (const PolicyType& type : policy_types()) {
    for (const Parameter& parameter : type.parameters) {
      EXPECT_LE(parameter.least, parameter.initial) << type.name << " " << parameter.name;
      EXPECT_GE(parameter.most, parameter.initial) << type.name << " " << parameter.name;
    }
  }
}

TEST(Registry, TakesDurationsPresetsAndParameters) {
  EXPECT_EQ(choose_policy("sync:10m")->values.seconds("keep_alive_s"), 600s);
  EXPECT_EQ(choose_policy("async:cloud-run")->values.seconds("window_s"), 600s);
  const auto choice =
      choose_policy("async:120:utilization=0.5:no-panic", std::vector<std::string>{"concurrency=2"});
  EXPECT_EQ(choice->values.seconds("window_s"), 120s);
  EXPECT_EQ(choice->values.number("utilization"), 0.5);
  EXPECT_TRUE(std::isinf(choice->values.number("panic_threshold")));
  EXPECT_EQ(choice->values.number("concurrency"), 2);
}

TEST(Registry, ErrorsSayWhatIsWanted) {
  EXPECT_EQ(error_of("asynk"), "no policy \"asynk\"; there are async, dirigent, dual, regression, sync");
  EXPECT_EQ(error_of("dual:60x"),
            "dual: keep_alive_s=\"60x\": wanted whole seconds (90, 90s, 10m, 1h) from 1 to 86400");
  EXPECT_EQ(error_of("sync:fast"),
            "sync: \"fast\" is neither keep_alive_s, parameter=value nor a preset (lambda)");
  EXPECT_EQ(error_of("sync", {"reading=both"}), "sync: reading=\"both\": wanted timer or window");
  EXPECT_EQ(error_of("sync", {"keep_alive=3"}),
            "sync: no parameter \"keep_alive\"; there are keep_alive_s, reading, concurrency");
  EXPECT_EQ(error_of("sync", {"60s"}), "\"60s\": wanted parameter=value");
  EXPECT_EQ(error_of("async", {"activation_scale=1.5"}),
            "async: activation_scale=\"1.5\": wanted a whole number from 0 to 1e+06");
  EXPECT_EQ(error_of("async", {"utilization=nan"}),
            "async: utilization=\"nan\": wanted a number from 0.001 to 1");
}

}  // namespace
}  // namespace faastax::policy
