// SPDX-License-Identifier: Apache-2.0
#include "collector/store/cube.hpp"

#include <algorithm>

namespace faastax::store {
namespace {

constexpr std::int64_t kDaySeconds = static_cast<std::int64_t>(Resolution::kDay);
constexpr std::int64_t kHourly = kDaySeconds / 2;  ///< windows of this length begin and end at full hours
constexpr std::int64_t kDaily = 14 * kDaySeconds;  ///< and of this one at full days
constexpr std::int64_t kHourSeconds = static_cast<std::int64_t>(Resolution::kHour);

std::int64_t floor_to(std::int64_t value, std::int64_t step) {
  const std::int64_t rest = value % step;
  return value - (rest < 0 ? rest + step : rest);
}

/// The finest resolution that is kept at this second.
Resolution finest_at(std::int64_t second, const Horizon& horizon) {
  if (second >= horizon.minutes_from) return Resolution::kMinute;
  return second >= horizon.hours_from ? Resolution::kHour : Resolution::kDay;
}

void put_text(std::string& into, std::string_view text) {
  const auto size = static_cast<std::uint16_t>(std::min<std::size_t>(text.size(), UINT16_MAX));
  into += static_cast<char>(size & 0xff);
  into += static_cast<char>(size >> 8);
  into.append(text.substr(0, size));
}

std::string take_text(std::string_view& from) {
  if (from.size() < 2) return {};
  const auto byte = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(from[i]));
  };
  const std::size_t size = byte(0) | byte(1) << 8;
  from.remove_prefix(2);
  std::string text(from.substr(0, size));
  from.remove_prefix(text.size());
  return text;
}

/// The coarsest resolution whose span begins at `at` and ends by `end`.
Resolution coarsest_between(std::int64_t at, std::int64_t end) {
  for (const Resolution resolution : {Resolution::kDay, Resolution::kHour}) {
    if (span_of(at, resolution) == at && at + static_cast<std::int64_t>(resolution) <= end) return resolution;
  }
  return Resolution::kMinute;
}

/// What tells the ends of a window of this length well enough: few rows whatever its length.
Resolution fine_enough(std::int64_t length_s) {
  if (length_s >= kHourly) return length_s >= kDaily ? Resolution::kDay : Resolution::kHour;
  return Resolution::kMinute;
}

}  // namespace

std::int64_t span_of(std::int64_t time_s, Resolution resolution) {
  return floor_to(time_s, static_cast<std::int64_t>(resolution));
}

std::int64_t seconds_of(std::int64_t time_ns) { return floor_to(time_ns, kNsOfASecond) / kNsOfASecond; }

void encode_key(const KeyParts& key, std::string& into) {
  into.assign(1, static_cast<char>(ledger::index_of(key.track)));
  for (const std::string_view text : {key.space, key.function, key.policy, key.node}) put_text(into, text);
}

std::string encode_key(const Key& key) {
  std::string result;
  encode_key({key.space, key.function, key.track, key.policy, key.node}, result);
  return result;
}

Key decode_key(std::string_view key) {
  Key result;
  if (key.empty()) return result;
  const auto track =
      std::min<std::size_t>(static_cast<unsigned char>(key.front()), ledger::kTrackNames.size() - 1);
  result.track = static_cast<ledger::Track>(track);
  key.remove_prefix(1);
  for (std::string* text : {&result.space, &result.function, &result.policy, &result.node})
    *text = take_text(key);
  return result;
}

Window widened(const Window& window, const Horizon& horizon) {
  const std::int64_t first = seconds_of(window.start_ns);
  const std::int64_t last = seconds_of(std::max(window.start_ns, window.end_ns - 1));
  const Resolution enough = fine_enough(last - first);
  const std::int64_t start = span_of(first, std::max(enough, finest_at(first, horizon)));
  const Resolution at_end = std::max(enough, finest_at(last, horizon));
  const std::int64_t end = span_of(last, at_end) + static_cast<std::int64_t>(at_end);
  return {start * kNsOfASecond, end * kNsOfASecond};
}

std::vector<Segment> segments_of(const Window& window) {
  std::vector<Segment> result;
  const std::int64_t end = seconds_of(window.end_ns);
  for (std::int64_t at = seconds_of(window.start_ns); at < end;) {
    const Resolution resolution = coarsest_between(at, end);
    std::int64_t to = 0;
    switch (resolution) {
      case Resolution::kDay:
        to = span_of(end, Resolution::kDay);
        break;
      case Resolution::kHour:
        to = std::min(span_of(at, Resolution::kDay) + kDaySeconds, span_of(end, Resolution::kHour));
        break;
      case Resolution::kMinute:
        to = std::min(span_of(at, Resolution::kHour) + kHourSeconds, end);
        break;
    }
    result.push_back({resolution, at, to});
    at = to;
  }
  return result;
}

}  // namespace faastax::store
