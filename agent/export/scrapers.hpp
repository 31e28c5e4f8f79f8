// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace faastax::exporting {

using TimePoint = std::chrono::steady_clock::time_point;

/// A set of scrapers, one bit each.
using ScraperSet = std::uint16_t;
inline constexpr std::size_t kMaxScrapers = 16;

/// One that reads the metrics and keeps them: a Prometheus server, or a person with curl.
struct Scraper {
  std::string id;
  TimePoint first{};
  TimePoint last{};
  ScraperSet bit = 0;  ///< 0: a passer-by
};

/// Knows the scrapers apart, so that each of them is shown a new series' base (series.hpp). When a 17th
/// comes, the one that has been away longest is forgotten if that is long enough for it to be taken for
/// a newcomer later; else the 17th is a passer-by, with no bit, whose visits change nothing.
class Scrapers {
 public:
  struct Visit {
    Scraper scraper;
    ScraperSet forgotten = 0;  ///< its bit now means someone else: clear it in every series
  };

  Visit visit(std::string_view id, TimePoint now, std::chrono::nanoseconds forget_after);

  /// Those that came within the last `idle`.
  ScraperSet active(TimePoint now, std::chrono::nanoseconds idle) const;

 private:
  std::array<Scraper, kMaxScrapers> scrapers_;
  std::size_t count_ = 0;
};

}  // namespace faastax::exporting
