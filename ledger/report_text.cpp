// SPDX-License-Identifier: Apache-2.0
#include "ledger/report_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ledger/report_text_layout.hpp"
#include "ledger/report_text_scaling.hpp"

namespace faastax::ledger {
namespace {

using text::bytes;
using text::clean;
using text::Column;
using text::duration;
using text::duration_cell;
using text::Page;
using text::percent;
using text::Style;
using text::Table;

constexpr std::size_t kLeastWidth = 20;
constexpr std::size_t kLabel = 11;  ///< columns of the labels that begin the short sections
constexpr std::size_t kTopComponents = 12;
constexpr std::size_t kTopFunctions = 25;
constexpr std::size_t kTopPrograms = 5;
constexpr std::size_t kBar = 24;
constexpr std::size_t kLongestFunction = 28;
/// A residual above this share of wall time means that something was booked wrongly or not at all.
constexpr double kResidualAlarm = 0.01;

std::string count_of(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string or_dash(std::optional<double> value) { return value ? fmt::format("{:.2f}", *value) : "-"; }

std::string duration_or_dash(std::optional<double> seconds) {
  return seconds ? duration_cell(*seconds) : "-";
}

void section(Page& page, std::string_view heading) {
  page.gap();
  page.line(heading, Style::kHeading);
}

void labelled(Page& page, std::string_view label, std::string_view what, Style style = Style::kPlain) {
  page.paragraph(fmt::format("{:<{}}{}", label, kLabel, what), kLabel, style);
}

std::optional<std::string> percentiles(const Percentiles& values) {
  if (!values.p50 && !values.p99) return std::nullopt;
  const auto show = [](std::optional<double> value) { return value ? duration(*value) : "-"; };
  return fmt::format("p50 {}, p99 {}", show(values.p50), show(values.p99));
}

void print_loss(Page& page, const Report& report) {
  if (report.lost_events == 0 && report.lost_records == 0) return;
  page.gap();
  // Records are what was kept of a run; the figures come from the tables, which are whole.
  const char* incomplete = report.lost_events > 0 ? "the figures below are" : "the recording is";
  page.paragraph(fmt::format("!!! LOST {} and {}: {} incomplete !!!", count_of(report.lost_events, "event"),
                             count_of(report.lost_records, "record"), incomplete),
                 4, Style::kAlarm);
}

void print_window(Page& page, const Report& report) {
  const NodeInfo& node = report.node;
  const std::string from = clean(report.window_start);
  page.paragraph(fmt::format("faastax: {} from {}", duration(report.window_seconds), from), kLabel,
                 Style::kHeading);
  const std::string name = node.name.empty() ? "this node" : clean(node.name);
  labelled(page, "Node",
           fmt::format("{}: {}, kernel {}, cgroup {}, cycles {}", name, count_of(node.cpus, "CPU"),
                       node.kernel.empty() ? "?" : clean(node.kernel),
                       node.cgroup.empty() ? "?" : clean(node.cgroup), clean(node.cycle_source)));
  std::string versions;
  for (const auto& [runtime, version] : node.runtime_versions) {
    versions += fmt::format("{}{} {}", versions.empty() ? "" : ", ", clean(runtime), clean(version));
  }
  if (!versions.empty()) labelled(page, "Runtimes", versions);
}

/// All in seconds with the same decimals, so that the sum can be checked by eye.
void print_balance(Page& page, const Report& report) {
  const double residual = std::round(report.residual_seconds * 1000) / 1000;
  const bool alarm = std::abs(report.residual_seconds) > kResidualAlarm * report.wall_cpu_seconds;
  page.gap();
  labelled(page, "CPU",
           fmt::format("{:.3f} s wall = {:.3f} busy + {:.3f} idle + {:.3f} steal {} {:.3f} residual",
                       report.wall_cpu_seconds, report.busy_seconds, report.idle_seconds,
                       report.steal_seconds, residual < 0 ? '-' : '+', std::abs(residual)));
  if (alarm) {
    labelled(page, "",
             fmt::format("the residual is {} of wall time: the books do not balance",
                         percent(std::abs(report.residual_seconds), report.wall_cpu_seconds)),
             Style::kAlarm);
  }
}

std::string bar(double direct, double inferred, double whole) {
  if (whole <= 0) return "";
  const auto cells = [&](double part) {
    const double share = std::clamp(part / whole, 0.0, 1.0);
    return static_cast<std::size_t>(std::lround(share * kBar));
  };
  const std::size_t all = cells(direct + inferred);
  const std::size_t solid = std::min(all, cells(direct));
  return std::string(solid, '#') + std::string(all - solid, '+');
}

void print_activities(Page& page, const Report& report) {
  section(page, "Busy, by activity");
  const bool cycles =
      std::ranges::any_of(report.by_activity, [](const auto& of) { return of.cycles.has_value(); });
  std::vector<Column> columns = {{"activity", false},
                                 {"CPU time"},
                                 {"of busy", true, 8},
                                 {"inferred", true, 7},
                                 {"# direct + inferred", false, 5}};
  if (cycles) columns.insert(columns.begin() + 4, {"cycles", true, 4});
  Table table(columns);
  const auto add = [&](std::string_view name, const ActivityCpu& of) {
    std::vector<std::string> row = {
        std::string(name), duration_cell(of.seconds), percent(of.seconds, report.busy_seconds),
        of.inferred_seconds == 0 ? "" : duration_cell(of.inferred_seconds),
        bar(of.seconds - of.inferred_seconds, of.inferred_seconds, report.busy_seconds)};
    if (cycles) row.insert(row.begin() + 4, of.cycles ? text::metric(*of.cycles) : "-");
    table.add(std::move(row));
  };
  for (std::size_t i = 0; i < kActivities; ++i) add(kActivityNames[i], report.by_activity[i]);
  if (report.unsettled_seconds != 0)
    add("unsettled", {report.unsettled_seconds, 0, std::nullopt, std::nullopt});
  table.print(page);
}

void print_components(Page& page, const Report& report) {
  const auto& all = report.by_component;
  if (all.empty()) return;
  section(page, "Top components");
  Table table({{"component", false},
               {"activity", false, 8},
               {"CPU time"},
               {"of busy", true, 6},
               {"inferred", true, 7}});
  const auto add = [&](const std::string& name, std::string_view activity, double seconds, double inferred) {
    table.add({name, std::string(activity), duration_cell(seconds), percent(seconds, report.busy_seconds),
               inferred == 0 ? "" : duration_cell(inferred)});
  };
  const std::size_t shown = std::min(all.size(), kTopComponents);
  for (std::size_t i = 0; i < shown; ++i) {
    add(clean(all[i].component), name_of(all[i].activity), all[i].seconds, all[i].inferred_seconds);
  }
  double seconds = 0;
  double inferred = 0;
  for (std::size_t i = shown; i < all.size(); ++i) {
    seconds += all[i].seconds;
    inferred += all[i].inferred_seconds;
  }
  if (shown < all.size()) add(fmt::format("({} more)", all.size() - shown), "", seconds, inferred);
  table.print(page);
}

/// Only where there was something to divide.
void print_apportioning(Page& page, const Report& report) {
  const std::string_view reason = reason_of(report.apportioning.state);
  if (reason.empty() || report.started + report.stopped == 0) return;
  page.gap();
  labelled(page, "Daemons", reason);
}

void print_counts(Page& page, const Report& report) {
  page.gap();
  labelled(page, "Instances",
           fmt::format("{} started, {} stopped, {} failed to start, {} served none", report.started,
                       report.stopped, report.create_failed, report.served_none));
  labelled(page, "", fmt::format("{} live before, {} after", report.live_at_start, report.live_at_end));
  if (const auto cold = percentiles(report.cold_start_seconds)) labelled(page, "", "cold start " + *cold);
  labelled(page, "Requests",
           fmt::format("{} completed, {} aborted", report.requests_completed, report.requests_aborted));
  if (report.requests_inferred != 0)
    labelled(page, "", fmt::format("{} of them inferred from bytes alone", report.requests_inferred));
  if (const auto times = percentiles(report.request_seconds)) labelled(page, "", "duration " + *times);
}

void print_memory(Page& page, const Report& report) {
  section(page, "Memory, by state of the instance");
  Table table({{"state", false}, {"on average"}, {"byte-seconds", true, 5}});
  const auto add = [&](std::string_view name, double byte_seconds) {
    const bool timed = report.window_seconds > 0;
    table.add({std::string(name), timed ? bytes(byte_seconds / report.window_seconds) : "-",
               bytes(byte_seconds) + " s"});
  };
  for (std::size_t i = 0; i < kInstanceStates; ++i) {
    add(kInstanceStateNames[i], report.memory.byte_seconds[i]);
  }
  add("(overhead)", report.memory.overhead_byte_seconds);
  add("(reserved)", report.reserved_byte_seconds);
  table.print(page);
  if (report.dying_cgroups) page.line("  " + count_of(*report.dying_cgroups, "dying cgroup"));
}

void print_ratios(Page& page, const Ratios& ratios) {
  section(page, "Ratios");
  const auto add = [&](std::string_view name, std::optional<double> value, std::string_view meaning) {
    page.paragraph(fmt::format("  {:<9} {:>7}  {}", name, or_dash(value), meaning), 21);
  };
  add("churn", ratios.churn, "CPU of create, init and teardown for each second of handle");
  add("overhead", ratios.overhead, "CPU of create, teardown, manage and route for each second in instances");
  add("memory", ratios.memory, "memory of all instances for each byte of the busy ones");
}

double total_of(const std::array<double, kActivities>& seconds) {
  return std::accumulate(seconds.begin(), seconds.end(), 0.0);
}

double of(const std::array<double, kActivities>& seconds, Activity activity) {
  return seconds[index_of(activity)];
}

/// Time of the activities that the tables have no column for.
double rest_of(const std::array<double, kActivities>& seconds) {
  return of(seconds, Activity::kIdle) + of(seconds, Activity::kManage) + of(seconds, Activity::kRoute) +
         of(seconds, Activity::kObserve) + of(seconds, Activity::kOther);
}

std::string full_name(const FunctionReport& function) {
  const std::string name = function.function.empty() ? "?" : clean(function.function);
  return function.space.empty() ? name : clean(function.space) + '/' + name;
}

/// Requests; "?" where they cannot be seen.
std::string count_cell(std::optional<std::uint64_t> count) { return count ? std::to_string(*count) : "?"; }

void print_functions(Page& page, const Report& report) {
  if (report.functions.empty()) return;
  std::vector<const FunctionReport*> functions;
  for (const auto& function : report.functions) functions.push_back(&function);
  std::ranges::stable_sort(functions, [](const auto* a, const auto* b) {
    return total_of(a->cpu_seconds) > total_of(b->cpu_seconds);
  });
  const std::size_t shown = std::min(functions.size(), kTopFunctions);
  section(page, shown == functions.size()
                    ? "Functions"
                    : fmt::format("Functions ({} of {}, by CPU)", shown, functions.size()));
  Table table({{"function", false},
               {"track", false, 3},
               {"started", true, 6},
               {"requests", true, 7},
               {"create", true, 5},
               {"init", true, 4},
               {"handle", true, 7},
               {"teardown", true, 4},
               {"rest", true, 2},
               {"inferred", true, 1},
               {"churn"}});
  for (const auto* function : std::span(functions).first(shown)) {
    const auto& cpu = function->cpu_seconds;
    table.add({full_name(*function), std::string(name_of(function->track)), std::to_string(function->started),
               count_cell(function->requests.completed), duration_cell(of(cpu, Activity::kCreate)),
               duration_cell(of(cpu, Activity::kInit)), duration_cell(of(cpu, Activity::kHandle)),
               duration_cell(of(cpu, Activity::kTeardown)), duration_cell(rest_of(cpu)),
               duration_cell(function->inferred_seconds), or_dash(function->churn_ratio)});
  }
  table.print(page);
}

void print_instances(Page& page, const Report& report) {
  section(page, "Each instance");
  Table table({{"sandbox", false},
               {"function", false, 8},
               {"track", false, 2},
               {"kind", false, 2},
               {"own CPU", true, 7},
               {"create", true, 5},
               {"init", true, 4},
               {"handle", true, 6},
               {"teardown", true, 4},
               {"rest", true, 1},
               {"requests", true, 5},
               {"cold start", true, 6},
               {"peak", true, 3},
               {"ended", false, 4}});
  for (const InstanceReport& instance : *report.instances) {
    const auto& cpu = instance.cpu_seconds;
    table.add({clean(instance.sandbox), text::cut(clean(instance.function), kLongestFunction),
               std::string(name_of(instance.track)), clean(instance.kind),
               duration_cell(instance.own_seconds), duration_cell(of(cpu, Activity::kCreate)),
               duration_cell(of(cpu, Activity::kInit)), duration_cell(of(cpu, Activity::kHandle)),
               duration_cell(of(cpu, Activity::kTeardown)), duration_cell(rest_of(cpu)),
               count_cell(instance.requests.completed), duration_or_dash(instance.cold_start_seconds),
               bytes(static_cast<double>(instance.memory_peak_bytes)),
               instance.ended.empty() ? "alive" : clean(instance.ended)});
  }
  table.print(page);
}

void print_bpf(Page& page, const Report& report) {
  page.gap();
  labelled(page, "BPF",
           fmt::format("about {} inside the time of other tasks ({} of busy)",
                       duration(report.bpf_estimated_seconds),
                       percent(report.bpf_estimated_seconds, report.busy_seconds)));
  if (report.programs.empty()) return;
  auto programs = report.programs;
  const auto cost = [](const ProgramCost& of) { return static_cast<double>(of.runs) * of.ns_per_run * 1e-9; };
  std::ranges::stable_sort(programs, [&](const auto& a, const auto& b) { return cost(a) > cost(b); });
  programs.resize(std::min(programs.size(), kTopPrograms));
  Table table({{"costliest programs", false}, {"CPU time"}, {"runs", true, 8}, {"each", true, 7}});
  for (const auto& program : programs) {
    table.add({clean(program.name), duration_cell(cost(program)), std::to_string(program.runs),
               duration_cell(program.ns_per_run * 1e-9)});
  }
  table.print(page);
}

}  // namespace

std::string to_text(const Report& report, const TextOptions& options) {
  Page page(std::max<std::size_t>(options.width, kLeastWidth), options.color);
  print_window(page, report);
  print_loss(page, report);
  print_balance(page, report);
  print_activities(page, report);
  print_components(page, report);
  print_apportioning(page, report);
  print_counts(page, report);
  print_memory(page, report);
  print_ratios(page, report.ratios);
  print_functions(page, report);
  if (report.scaling) text::print_scaling(page, *report.scaling);
  if (options.instances && report.instances) print_instances(page, report);
  print_bpf(page, report);
  if (report.lost_events == 0 && report.lost_records == 0) labelled(page, "Lost", "nothing");
  return page.take();
}

}  // namespace faastax::ledger
