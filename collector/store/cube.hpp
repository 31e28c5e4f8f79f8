// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collector/store/query.hpp"

/// How sums are kept: in a few cubes of few dimensions, so that their sizes add up instead of multiplying;
/// each in three resolutions, so that a window of any length is few rows.
namespace faastax::store {

enum class Cube : std::uint8_t {
  kFunction = 1,     ///< instances by namespace, function, track and policy
  kNode = 2,         ///< instances by node
  kFleetLedger = 3,  ///< ledgers over all nodes, by component
  kNodeLedger = 4,   ///< ledgers by node, over all components
};

enum class Resolution : std::int64_t { kMinute = 60, kHour = 3600, kDay = 86400 };
inline constexpr std::array kResolutions = {Resolution::kMinute, Resolution::kHour, Resolution::kDay};

/// Start of the span that holds the time, in seconds; of a time before the epoch as well.
std::int64_t span_of(std::int64_t time_s, Resolution resolution);
inline constexpr std::int64_t kNsOfASecond = 1'000'000'000;
std::int64_t seconds_of(std::int64_t time_ns);  ///< rounded down

/// A Key whose texts are somebody else's.
struct KeyParts {
  std::string_view space = {};
  std::string_view function = {};
  ledger::Track track = ledger::Track::kUnknown;
  std::string_view policy = {};
  std::string_view node = {};
};

/// Replaces what `into` has; a string that is used again needs no memory.
void encode_key(const KeyParts& key, std::string& into);
std::string encode_key(const Key& key);
Key decode_key(std::string_view key);

/// The first second from which each resolution is kept: before that only coarser ones are.
struct Horizon {
  std::int64_t minutes_from = 0;
  std::int64_t hours_from = 0;
  std::int64_t days_from = 0;
  std::int64_t records_from = 0;  ///< older records are refused: the rows that tell repeats may be gone
  bool operator==(const Horizon&) const = default;
};

/// Rows of one resolution, [from, to) in seconds.
struct Segment {
  Resolution resolution = Resolution::kMinute;
  std::int64_t from_s = 0;
  std::int64_t to_s = 0;
  bool operator==(const Segment&) const = default;
};

/// The window with its ends moved outwards to spans that are still kept; from half a day on to full hours,
/// from two weeks on to full days.
Window widened(const Window& window, const Horizon& horizon);

/// A widened window cut into the coarsest rows that make it up, in the order of time.
std::vector<Segment> segments_of(const Window& window);

}  // namespace faastax::store
