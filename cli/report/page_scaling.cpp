// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include "cli/html/chart.hpp"
#include "cli/report/page_charts.hpp"
#include "ledger/report_text_layout.hpp"

namespace faastax::cli::report {
namespace {

namespace text = ledger::text;
using ledger::ScaleUp;

constexpr std::size_t kMostBars = 120;

double cost(const ScaleUp& up) { return up.churn_seconds + up.idle_seconds; }

/// The costliest, in the order of time.
std::vector<ScaleUp> shown_of(std::vector<ScaleUp> ups) {
  if (ups.size() <= kMostBars) return ups;
  std::vector<std::size_t> places(ups.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::ranges::stable_sort(places, std::ranges::greater{}, [&ups](std::size_t at) { return cost(ups[at]); });
  places.resize(kMostBars);
  std::ranges::sort(places);
  std::vector<ScaleUp> shown;
  for (const std::size_t at : places) shown.push_back(std::move(ups[at]));
  return shown;
}

/// "12:30:01" of an RFC 3339 time.
std::string time_of_day(const std::string& time) { return time.size() >= 19 ? time.substr(11, 8) : time; }

}  // namespace

std::string scale_ups(const ledger::Report& report) {
  html::Chart chart{.id = "scale-ups",
                    .title = "Cost of each scale-up",
                    .about =
                        "CPU time of the instances that one decision started: to make, initialise and remove "
                        "them, and what they used while they waited",
                    .series = {{"create, init, teardown", "create"}, {"idle", "idle"}},
                    .stacks = {},
                    .heading = "at",
                    .show = [](double value) { return text::duration(value); },
                    .wide = false};
  if (!report.scaling) return html::absent(chart.title, "No control plane told its decisions.");
  const auto ups = shown_of(report.scaling->ups);
  for (const ScaleUp& up : ups) {
    const std::string at = time_of_day(up.time);
    chart.stacks.push_back({.label = at + " " + up.function,
                            .parts = {up.churn_seconds, up.idle_seconds},
                            .value = {},
                            .tick = at});
  }
  const std::size_t hidden = report.scaling->ups.size() + report.scaling->ups_left_out - ups.size();
  if (hidden > 0) chart.about += fmt::format(". {} cheaper or later ones are not shown", hidden);
  if (chart.stacks.empty())
    return html::absent(chart.title, "No decision started an instance in this window.");
  return html::columns(chart);
}

}  // namespace faastax::cli::report
