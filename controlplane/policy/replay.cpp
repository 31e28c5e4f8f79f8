// SPDX-License-Identifier: Apache-2.0
#include "controlplane/policy/replay.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controlplane/policy/decision_clock.hpp"

namespace faastax::policy {
namespace {

constexpr std::int64_t kPeriod = std::chrono::duration_cast<std::chrono::seconds>(kDecisionPeriod).count();

}  // namespace

std::expected<void, std::string> check_replay(const PolicyChoice& choice) {
  const PolicyType& type = *choice.type;
  if (!type.make_scaler) {
    return std::unexpected(fmt::format(
        "{} decides by each request's arrival, which concurrency does not tell: run it in the lab",
        type.name));
  }
  for (const Parameter& parameter : type.parameters) {
    if (!parameter.metrics && std::ranges::find(choice.given, parameter.name) != choice.given.end()) {
      return std::unexpected(fmt::format("{}: {} has no effect on metrics alone", type.name, parameter.name));
    }
  }
  return {};
}

void replay(const PolicyChoice& choice, std::span<const Sample> samples,
            const std::function<void(const Replayed&)>& take) {
  if (samples.empty()) return;
  const auto scaler = choice.type->make_scaler(choice.values)(Time{}, samples.front().ready);
  std::size_t next = 0;
  double ready = samples.front().ready;
  for (std::int64_t second = kPeriod; second <= samples.back().second; second += kPeriod) {
    for (; next < samples.size() && samples[next].second <= second; ++next) {
      const Sample& sample = samples[next];
      ready = sample.ready;
      if (choice.type->samples && sample.second % kPeriod != 0) continue;
      scaler->record(std::chrono::seconds(sample.second), sample.concurrency);
    }
    const auto advice = scaler->decide(std::chrono::seconds(second), ready);
    take({second, advice ? std::optional(advice->count) : std::nullopt, scaler->panics()});
  }
}

}  // namespace faastax::policy
