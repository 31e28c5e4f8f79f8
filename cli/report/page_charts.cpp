// SPDX-License-Identifier: Apache-2.0
#include "cli/report/page_charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "cli/html/chart.hpp"
#include "ledger/report_text_layout.hpp"

namespace faastax::cli::report {
namespace {

namespace text = ledger::text;
using html::Chart;
using html::Stack;
using ledger::kActivities;
using ledger::Report;
using ledger::TimelinePoint;

constexpr std::size_t kMostColumns = 120;
constexpr std::size_t kTop = 10;
constexpr const char* kNoCourse = "The report has the window's sums, but not their course over time.";

std::vector<html::Series> activities() {
  std::vector<html::Series> series;
  for (const std::string_view name : ledger::kActivityNames)
    series.push_back({std::string(name), std::string(name)});
  return series;
}

void add(TimelinePoint& sum, const TimelinePoint& more) {
  sum.seconds += more.seconds;
  sum.idle_seconds += more.idle_seconds;
  sum.overhead_byte_seconds += more.overhead_byte_seconds;
  for (std::size_t i = 0; i < kActivities; ++i) sum.cpu_seconds[i] += more.cpu_seconds[i];
  for (std::size_t i = 0; i < ledger::kInstanceStates; ++i)
    sum.memory_byte_seconds[i] += more.memory_byte_seconds[i];
}

/// As many as a screen shows: neighbours are put together.
std::vector<TimelinePoint> coarser(const std::vector<TimelinePoint>& points) {
  const std::size_t each = (points.size() + kMostColumns - 1) / kMostColumns;
  std::vector<TimelinePoint> result;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i % each == 0) {
      result.push_back(points[i]);
    } else {
      add(result.back(), points[i]);
    }
  }
  return result;
}

std::string cpus(double value) { return fmt::format("{:.2f} CPU", value); }

std::string clock(double seconds) {
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

double busy(const std::array<double, kActivities>& seconds) {
  return std::accumulate(seconds.begin(), seconds.end(), 0.0);
}

Stack parts_of(std::string label, const std::array<double, kActivities>& seconds) {
  return {std::move(label), {seconds.begin(), seconds.end()}, text::duration(busy(seconds))};
}

/// The largest of them.
std::vector<Stack> top(std::vector<Stack> stacks) {
  const auto size = [](const Stack& stack) {
    return std::accumulate(stack.parts.begin(), stack.parts.end(), 0.0);
  };
  std::ranges::stable_sort(stacks, std::ranges::greater{}, size);
  std::erase_if(stacks, [&](const Stack& stack) { return size(stack) <= 0; });
  if (stacks.size() > kTop) stacks.resize(kTop);
  return stacks;
}

std::string bound(double seconds) { return seconds > 1e9 ? "longer" : text::duration(seconds); }

}  // namespace

std::string cpu_over_time(const Report& report) {
  Chart chart{.id = "cpu-over-time",
              .title = "Where the CPU went over time",
              .about = "CPUs in use, by activity; idle here is instances that wait, not idle CPUs",
              .series = activities(),
              .stacks = {},
              .heading = "from",
              .show = cpus,
              .wide = false};
  for (const TimelinePoint& point : coarser(report.timeline)) {
    Stack stack{clock(point.start_seconds), {}};
    for (const double seconds : point.cpu_seconds) stack.parts.push_back(seconds / point.seconds);
    chart.stacks.push_back(std::move(stack));
  }
  if (!chart.stacks.empty()) return html::columns(chart);
  std::array<double, kActivities> seconds{};
  for (std::size_t i = 0; i < kActivities; ++i) seconds[i] = report.by_activity[i].seconds;
  if (busy(seconds) <= 0) return html::absent(chart.title, "No CPU time was booked.");
  chart.id = "cpu";
  chart.title = "Where the CPU went";
  chart.about = std::string("CPU time by activity. ") + kNoCourse;
  chart.heading = "window";
  chart.show = [](double value) { return text::duration(value); };
  chart.stacks = {parts_of("the whole window", seconds)};
  return html::bars(chart);
}

std::string memory_over_time(const Report& report) {
  Chart chart{.id = "memory-over-time",
              .title = "Memory by state over time",
              .about = "Memory of instances by their state, and of the platform's processes (overhead)",
              .series = {{"starting", "init"},
                         {"idle", "idle"},
                         {"busy", "handle"},
                         {"stopping", "teardown"},
                         {"overhead", "manage"}},
              .stacks = {},
              .heading = "from",
              .show = text::bytes,
              .wide = false};
  const auto stack_of = [](std::string label, const ledger::ByteSeconds& states, double overhead,
                           double seconds) {
    Stack stack{std::move(label), {}};
    for (const double byte_seconds : states) stack.parts.push_back(byte_seconds / seconds);
    stack.parts.push_back(overhead / seconds);
    return stack;
  };
  for (const TimelinePoint& point : coarser(report.timeline)) {
    chart.stacks.push_back(stack_of(clock(point.start_seconds), point.memory_byte_seconds,
                                    point.overhead_byte_seconds, point.seconds));
  }
  if (!chart.stacks.empty()) return html::columns(chart);
  if (report.window_seconds <= 0) return html::absent(chart.title, "The window has no length.");
  chart.id = "memory";
  chart.title = "Memory by state";
  chart.about = std::string("On average. ") + kNoCourse;
  chart.heading = "window";
  chart.stacks = {stack_of("the whole window", report.memory.byte_seconds,
                           report.memory.overhead_byte_seconds, report.window_seconds)};
  chart.stacks[0].value =
      text::bytes(std::accumulate(chart.stacks[0].parts.begin(), chart.stacks[0].parts.end(), 0.0));
  return html::bars(chart);
}

std::string cold_starts(const Report& report) {
  Chart chart{.id = "cold-starts",
              .title = "Cold starts",
              .about = "Instances by the time from the runtime's first word of them until they were ready",
              .series = {{"cold starts", "init"}},
              .stacks = {},
              .heading = "up to",
              .show = [](double value) { return fmt::format("{:.0f}", value); },
              .wide = false};
  // Empty buckets are left out by the report: they are gaps on the axis, drawn here as columns of nothing.
  double reached = -1;
  for (const ledger::DurationBucket& bucket : report.cold_start_buckets) {
    if (reached >= 0 && bucket.above > reached) chart.stacks.push_back({bound(bucket.above), {0}});
    chart.stacks.push_back({bound(bucket.le), {static_cast<double>(bucket.count)}});
    reached = bucket.le;
  }
  if (chart.stacks.empty()) return html::absent(chart.title, "No instance became ready in this window.");
  return html::columns(chart);
}

std::string top_functions(const Report& report) {
  Chart chart{
      .id = "top-functions",
      .title = "Top functions",
      .about = "CPU time of a function's instances and of what the platform did for them, by activity",
      .series = activities(),
      .stacks = {},
      .heading = "function",
      .show = text::duration,
      .wide = false};
  for (const ledger::FunctionReport& of : report.functions) {
    std::string name = of.space.empty() ? of.function : of.space + "/" + of.function;
    if (of.track != ledger::Track::kUnknown) name += fmt::format(" ({})", ledger::name_of(of.track));
    chart.stacks.push_back(parts_of(std::move(name), of.cpu_seconds));
  }
  chart.stacks = top(std::move(chart.stacks));
  if (chart.stacks.empty()) return html::absent(chart.title, "No function used CPU in this window.");
  return html::bars(chart);
}

std::string top_components(const Report& report) {
  Chart chart{.id = "top-components",
              .title = "Top components",
              .about = "CPU time of the platform's parts and of the rest of the node, by activity",
              .series = activities(),
              .stacks = {},
              .heading = "component",
              .show = text::duration,
              .wide = false};
  std::map<std::string, std::array<double, kActivities>> components;
  for (const ledger::ComponentCpu& of : report.by_component)
    components[of.component][ledger::index_of(of.activity)] += of.seconds;
  for (const auto& [name, seconds] : components) chart.stacks.push_back(parts_of(name, seconds));
  chart.stacks = top(std::move(chart.stacks));
  if (chart.stacks.empty()) return html::absent(chart.title, "No component used CPU in this window.");
  return html::bars(chart);
}

}  // namespace faastax::cli::report
