// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/metric_family.h>

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/export/series.hpp"
#include "collector/metrics/metric_list.hpp"
#include "proto/scaling_event.hpp"

namespace faastax::collector {

inline constexpr std::size_t kMaxScalingSeries = 1000;

/// Decisions, and how long they took to become ready instances, by function, track and policy; shown and
/// withdrawn as the agents' series are. Not for several threads.
class ScalingMetrics {
 public:
  using TimePoint = exporting::TimePoint;

  /// An event that had not been stored before. An instance's comes after its decision's, or is not counted.
  void add(const scaling::ScalingEvent& event, TimePoint now);

  /// As this scraper is to see them.
  std::vector<prometheus::MetricFamily> show(std::string_view scraper, TimePoint now);

 private:
  struct Labels {
    std::string space;
    std::string function;
    std::string track;
    std::string policy;
    auto operator<=>(const Labels&) const = default;
  };
  struct Series {
    exporting::Series<double> decisions;
    exporting::Series<exporting::HistogramValue> delays;
    TimePoint changed{};

    bool exposed() const { return decisions.exposed() || delays.exposed(); }
  };
  struct Wanted {
    scaling::UnixTime time;
    Labels labels;
  };

  void decided(const scaling::ScalingEvent& event, const scaling::Decision& decision, TimePoint now);
  void became_ready(const scaling::ScalingEvent& event, const scaling::Instance& instance, TimePoint now);
  Series& series_of(const Labels& labels, TimePoint now);
  bool make_room();

  const exporting::ExposureRules rules_;
  exporting::Scrapers scrapers_;
  std::map<Labels, Series> series_;
  std::unordered_map<std::string, Wanted> wanted_;  ///< by source and decision
  std::deque<std::string> order_;                   ///< keys of `wanted_`, oldest first
};

}  // namespace faastax::collector
