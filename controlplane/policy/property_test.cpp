// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "controlplane/policy/dispatcher.hpp"
#include "controlplane/policy/kpa.hpp"
#include "controlplane/policy/registry.hpp"
#include "controlplane/policy/time_scaled.hpp"

/// What holds for every load.
namespace faastax::policy {
namespace {

using namespace std::chrono_literals;

using Random = std::mt19937_64;

KpaParameters random_parameters(Random& random) {
  auto one_of = [&random](auto... values) {
    const std::array all{static_cast<double>(values)...};
    return all[random() % all.size()];
  };
  KpaParameters p;
  p.window = std::chrono::seconds(static_cast<int>(one_of(6, 30, 60, 61)));
  p.panic_threshold = one_of(1, 2, 10, 1e9);
  p.concurrency = one_of(0, 1, 4);
  p.utilization = one_of(0.5, 0.7, 1);
  p.max_scale_up_rate = one_of(1.5, 10, 1000);
  p.max_scale_down_rate = one_of(1.5, 2, 10);
  return p;
}

double random_load(Random& random) {
  constexpr std::array kTops = {0.0, 1.0, 10.0, 500.0};
  return kTops[random() % kTops.size()] * static_cast<double>(random() % 1000) / 1000;
}

TEST(KpaProperty, RateLimitsHoldUnlessPanicHolds) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    const KpaParameters p = random_parameters(random);
    Kpa kpa(p, 0s, 1);
    std::int64_t ready = 1;
    std::int64_t before = 1;
    for (int second = 1; second <= 200; ++second) {
      const Time now = std::chrono::seconds(second);
      if (random() % 10 != 0) kpa.record(now, random_load(random));
      if (second % 2 == 1) continue;
      const auto advice = kpa.decide(now, static_cast<double>(ready));
      if (!advice) continue;
      const auto r = static_cast<double>(std::max<std::int64_t>(1, ready));
      const auto most = static_cast<std::int64_t>(std::ceil(r * p.max_scale_up_rate));
      ASSERT_LE(advice->count, kpa.panics() ? std::max(most, before) : most) << "seed " << seed;
      ASSERT_GE(advice->count, static_cast<std::int64_t>(std::floor(r / p.max_scale_down_rate)));
      before = advice->count;
      ready = advice->count;
    }
  }
}

TEST(KpaProperty, MoreLoadNeverWantsFewer) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    const KpaParameters p = random_parameters(random);
    Kpa less(p, 0s, 1);
    Kpa more(p, 0s, 1);
    for (int second = 1; second <= 200; ++second) {
      const Time now = std::chrono::seconds(second);
      const double load = random_load(random);
      less.record(now, load);
      more.record(now, load + (random() % 3 == 0 ? random_load(random) : 0));
      if (second % 2 == 1) continue;
      const auto ready = static_cast<double>(random() % 20);
      ASSERT_LE(less.decide(now, ready)->count, more.decide(now, ready)->count) << "seed " << seed;
    }
  }
}

// A control plane in which starts, requests and removals take random times, driven by a policy.
class World {
 public:
  World(const std::string& policy, double speedup, std::uint64_t seed)
      : random_(seed), dispatcher_(make(policy, speedup), Limits{20, 2}) {}

  /// Everything that it did, as text; the largest and the smallest scale that were decided.
  std::string run() {
    for (FunctionId function = 0; function < 3; ++function) take(dispatcher_.function_deployed(0s, function));
    for (now_ = 0s; now_ < 300s; now_ += 100ms) step();
    take(dispatcher_.close(now_));
    for (; dispatcher_.instances() > 0 && now_ < 1000s; now_ += 100ms) step();
    EXPECT_EQ(dispatcher_.instances(), 0u);
    EXPECT_EQ(dispatcher_.waiting(), 0u);
    for (const auto& [request, times] : answered_) EXPECT_EQ(times, 1) << "request " << request;
    EXPECT_EQ(answered_.size(), requests_);
    return log_;
  }
  std::size_t largest = 0;
  std::optional<std::size_t> smallest;

 private:
  static std::unique_ptr<Policy> make(const std::string& text, double speedup) {
    const auto choice = choose_policy(text);
    return std::make_unique<TimeScaled>(choice->type->make(choice->values), speedup);
  }
  void later(Time delay, std::function<void()> what) { due_.emplace(now_ + delay, std::move(what)); }
  Time some(std::int64_t most_ms) {
    return std::chrono::milliseconds(random_() % static_cast<std::uint64_t>(most_ms));
  }

  void step() {
    while (!due_.empty() && due_.begin()->first <= now_) {
      const auto what = due_.extract(due_.begin());
      what.mapped()();
    }
    if (const auto wake = dispatcher_.next_wake(); wake && *wake <= now_) take(dispatcher_.tick(now_));
    const bool busy = (now_ / 40s) % 2 == 0;
    if (now_ < 300s && random_() % (busy ? 2 : 40) == 0) {
      const RequestId request = requests_++;
      take(dispatcher_.request_arrived(now_, request, random_() % 3));
      if (random_() % 10 == 0) later(some(1000), [this, request] { give_up(request); });
    }
  }
  void give_up(RequestId request) {
    if (answered_[request] > 0) return;
    log_ += fmt::format("{} cancel {}\n", now_.count(), request);
    ++answered_[request];
    take(dispatcher_.request_cancelled(now_, request));
  }
  void take(const Actions& actions) {
    for (const Action& action : actions) {
      std::visit([this](const auto& one) { act(one); }, action);
    }
    EXPECT_LE(dispatcher_.instances(), 20u);
  }
  void act(const Launch& launch) {
    log_ += fmt::format("{} launch {} f{} {} {} {}\n", now_.count(), launch.instance, launch.function,
                        to_string(launch.track), launch.decision, launch.repair);
    EXPECT_TRUE(launch.repair || launch.decision > 0);
    later(some(3000), [this, id = launch.instance] {
      if (random_() % 20 == 0) return take(dispatcher_.instance_failed(now_, id));
      take(dispatcher_.instance_ready(now_, id));
      if (random_() % 10 == 0) later(some(5000), [this, id] { take(dispatcher_.instance_lost(now_, id)); });
    });
  }
  void act(const Send& send) {
    log_ += fmt::format("{} send {} to {}\n", now_.count(), send.request, send.instance);
    ++answered_[send.request];
    later(some(2000), [this, id = send.request] {
      if (random_() % 30 != 0) return take(dispatcher_.request_ended(now_, id, random_() % 50 != 0));
      --answered_[id];
      take(dispatcher_.request_unsent(now_, id));
    });
  }
  void act(const Remove& remove) {
    log_ += fmt::format("{} remove {} {}\n", now_.count(), remove.instance, remove.reason);
    later(some(500), [this, id = remove.instance] { take(dispatcher_.instance_gone(now_, id)); });
  }
  void act(const Refuse& refuse) {
    log_ += fmt::format("{} refuse {}\n", now_.count(), refuse.request);
    ++answered_[refuse.request];
  }
  void act(const Decided& decided) {
    log_ += fmt::format("{} decide {} f{} {} {} to {}: {}\n", now_.count(), decided.decision,
                        decided.function, to_string(decided.track), decided.from, decided.to, decided.reason);
    EXPECT_NE(decided.from, decided.to);
    largest = std::max(largest, decided.to);
    smallest = std::min(smallest.value_or(decided.to), decided.to);
  }

  Random random_;
  Dispatcher dispatcher_;
  Time now_{};
  std::multimap<Time, std::function<void()>> due_;
  std::map<RequestId, int> answered_;
  RequestId requests_ = 0;
  std::string log_;
};

class EveryPolicy : public testing::TestWithParam<std::string> {};

TEST_P(EveryPolicy, TheSameEventsGiveTheSameDecisions) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const std::string log = World(GetParam(), 1, seed).run();
    EXPECT_GT(log.size(), 1000u);
    EXPECT_EQ(log, World(GetParam(), 1, seed).run());
  }
}

TEST_P(EveryPolicy, TimeConstantsCanBeScaled) { World(GetParam(), 7, 1).run(); }

INSTANTIATE_TEST_SUITE_P(Policies, EveryPolicy,
                         testing::Values("async:concurrency=2", "async:concurrency=2:30s:no-panic",
                                         "dirigent", "dual:20s", "regression:concurrency=2", "sync:20s",
                                         "sync:20s:reading=window"));

TEST(AutoscalerProperty, NeverBelowTheMinimumNorAboveTheMaximum) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    World world("async:concurrency=1:min_scale=1:max_scale=3", 1, seed);
    world.run();
    EXPECT_LE(world.largest, 3u);
    EXPECT_GE(world.smallest, 1u);
  }
}

}  // namespace
}  // namespace faastax::policy
