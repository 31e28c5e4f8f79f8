// SPDX-License-Identifier: Apache-2.0
#include "proto/rfc3339.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace faastax::scaling {
namespace {

using std::chrono::days;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::chrono::year kFirstYear{1678};
constexpr std::chrono::year kLastYear{2261};

/// Takes a text apart from the left; every step is false when the text goes on otherwise.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool take(char one, char other) {
    if (rest_.empty() || (rest_.front() != one && rest_.front() != other)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take(char one) { return take(one, one); }
  /// Exactly so many digits.
  bool take(int& number, int digits) {
    number = 0;
    for (; digits > 0; --digits) {
      if (!digit()) return false;
      number = number * 10 + pop();
    }
    return true;
  }
  /// One digit or more after the point.
  bool take_fraction(std::int64_t& ns) {
    if (!digit()) return false;
    for (std::int64_t unit = 100'000'000; digit(); unit /= 10) ns += pop() * unit;
    return true;
  }

 private:
  bool digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
  int pop() {
    const int value = rest_.front() - '0';
    rest_.remove_prefix(1);
    return value;
  }
  std::string_view rest_;
};

struct Clock {
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int64_t ns = 0;
};

std::optional<std::chrono::sys_days> take_date(Cursor& text) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!text.take(year, 4) || !text.take('-') || !text.take(month, 2) || !text.take('-') || !text.take(day, 2))
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

/// In UTC, as it is written: an offset can carry it over the year's end.
bool is_in_range(std::chrono::sys_seconds time) {
  const std::chrono::year_month_day date(std::chrono::floor<days>(time));
  return date.year() >= kFirstYear && date.year() <= kLastYear;
}

std::optional<Clock> take_clock(Cursor& text) {
  Clock clock;
  if (!text.take(clock.hour, 2) || !text.take(':') || !text.take(clock.minute, 2) || !text.take(':') ||
      !text.take(clock.second, 2))
    return std::nullopt;
  if (clock.hour > 23 || clock.minute > 59 || clock.second > 60) return std::nullopt;
  if (text.take('.') && !text.take_fraction(clock.ns)) return std::nullopt;
  if (clock.second == 60) clock.ns = 0;
  return clock;
}

std::optional<seconds> take_offset(Cursor& text) {
  if (text.take('Z', 'z')) return seconds(0);
  const bool west = text.take('-');
  int hours = 0;
  int minutes = 0;
  if ((!west && !text.take('+')) || !text.take(hours, 2) || !text.take(':') || !text.take(minutes, 2))
    return std::nullopt;
  if (hours > 23 || minutes > 59) return std::nullopt;
  const seconds offset(hours * 3600 + minutes * 60);
  return west ? -offset : offset;
}

}  // namespace

std::optional<UnixTime> parse_rfc3339(std::string_view text) {
  Cursor cursor(text);
  const auto date = take_date(cursor);
  if (!date || !cursor.take('T', 't')) return std::nullopt;
  const auto clock = take_clock(cursor);
  if (!clock) return std::nullopt;
  const auto offset = take_offset(cursor);
  if (!offset || !cursor.at_end()) return std::nullopt;
  const seconds of_day(clock->hour * 3600 + clock->minute * 60 + clock->second);
  const auto in_utc = *date + of_day - *offset;
  if (!is_in_range(in_utc)) return std::nullopt;
  return UnixTime(in_utc) + nanoseconds(clock->ns);
}

std::string to_rfc3339(UnixTime time) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  const auto ns = clock.subseconds().count();
  std::string fraction = fmt::format("{:09}", ns);
  if (ns % 1'000'000 == 0) {
    fraction.resize(3);
  } else if (ns % 1'000 == 0) {
    fraction.resize(6);
  }
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(), fraction);
}

}  // namespace faastax::scaling
