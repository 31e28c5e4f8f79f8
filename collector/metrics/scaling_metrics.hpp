// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/metric_family.h>

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "collector/metrics/metric_list.hpp"
#include "proto/scaling_event.hpp"

namespace faastax::collector {

inline constexpr std::size_t kMaxScalingSeries = 1000;

/// Decisions, and how long they took to become ready instances, by function, track and policy. Not for
/// several threads.
class ScalingMetrics {
 public:
  /// An event that had not been stored before. An instance's comes after its decision's, or is not counted.
  void add(const scaling::ScalingEvent& event);

  /// Of one scrape. A label set that is new is at 0 in the first.
  std::vector<prometheus::MetricFamily> collect();

 private:
  struct Labels {
    std::string space;
    std::string function;
    std::string track;
    std::string policy;
    auto operator<=>(const Labels&) const = default;
  };
  struct Series {
    double decisions = 0;
    std::vector<std::uint64_t> at_most;  ///< by bound
    std::uint64_t delays = 0;
    double delay_sum = 0;
    bool shown = false;
  };
  struct Wanted {
    scaling::UnixTime time;
    Labels labels;
  };

  void decided(const scaling::ScalingEvent& event, const scaling::Decision& decision);
  void became_ready(const scaling::ScalingEvent& event, const scaling::Instance& instance);
  Series& series_of(const Labels& labels);

  std::map<Labels, Series> series_;
  std::unordered_map<std::string, Wanted> wanted_;  ///< by source and decision
  std::deque<std::string> order_;                   ///< keys of `wanted_`, oldest first
};

}  // namespace faastax::collector
