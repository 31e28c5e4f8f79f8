// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <functional>
#include <span>

#include "controlplane/policy/registry.hpp"

namespace faastax::policy {

/// One second of a function's metrics.
struct Sample {
  std::int64_t second = 0;  ///< that it ended at
  double concurrency = 0;   ///< mean of that second
  double ready = 0;         ///< instances at its end
};

/// What a policy would have had at one decision.
struct Replayed {
  std::int64_t second = 0;
  std::optional<std::int64_t> desired;  ///< absent: no data in the window
  bool panic = false;
};

/// Whether the policy can be asked with metrics alone, and every parameter that was set matters then; the
/// error says why not.
std::expected<void, std::string> check_replay(const PolicyChoice& choice);

/// What the policy decides on these metrics (by rising second) at every even second from 2 to the last
/// one: the decider alone, without scale to zero or an initial scale. At the start, second 0, as many
/// instances are ready as the first sample says; later as many as the latest one says. A second without a
/// sample is missing data, not zero; a sample counts for the decision at its own second.
void replay(const PolicyChoice& choice, std::span<const Sample> samples,
            const std::function<void(const Replayed&)>& take);

}  // namespace faastax::policy
