// SPDX-License-Identifier: Apache-2.0
#include "agent/export/scrapers.hpp"

#include <algorithm>

namespace faastax::exporting {

Scrapers::Visit Scrapers::visit(std::string_view id, TimePoint now, std::chrono::nanoseconds forget_after) {
  const auto end = scrapers_.begin() + static_cast<std::ptrdiff_t>(count_);
  if (const auto known = std::find_if(scrapers_.begin(), end, [&](const Scraper& s) { return s.id == id; });
      known != end) {
    known->last = now;
    return {*known};
  }
  const bool full = count_ == kMaxScrapers;
  auto& place = full ? *std::ranges::min_element(scrapers_, {}, &Scraper::last) : scrapers_[count_++];
  if (full && now - place.last <= forget_after) return {{std::string(id), now, now, 0}};
  const auto bit = static_cast<ScraperSet>(1U << (&place - scrapers_.data()));
  place = {std::string(id), now, now, bit};
  return {place, full ? bit : ScraperSet{0}};
}

ScraperSet Scrapers::active(TimePoint now, std::chrono::nanoseconds idle) const {
  ScraperSet set = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    if (now - scrapers_[i].last <= idle) set |= scrapers_[i].bit;
  }
  return set;
}

}  // namespace faastax::exporting
