// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace faastax::fuzz {

/// The fuzzers' clock, nanoseconds since the Unix epoch: what was found is found again later.
inline constexpr std::int64_t kNow = 1'800'000'000'000'000'000;

}  // namespace faastax::fuzz
