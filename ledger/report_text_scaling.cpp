// SPDX-License-Identifier: Apache-2.0
#include "ledger/report_text_scaling.hpp"

#include <fmt/format.h>

namespace faastax::ledger::text {
namespace {

std::string cell(std::optional<double> seconds) { return seconds ? duration_cell(*seconds) : "-"; }

std::string both(const Percentiles& of) {
  const auto show = [](std::optional<double> value) { return value ? duration(*value) : "-"; };
  return fmt::format("p50 {}, p99 {}", show(of.p50), show(of.p99));
}

double of(const std::array<double, kActivities>& seconds, Activity activity) {
  return seconds[index_of(activity)];
}

void print_groups(Page& page, const ScalingReport& scaling) {
  Table table({{"policy", false},
               {"track", false, 9},
               {"scale-ups", true, 8},
               {"instances", true, 8},
               {"served none", true, 6},
               {"requests", true, 5},
               {"create", true, 4},
               {"init", true, 3},
               {"idle", true, 2},
               {"teardown", true, 4},
               {"each p50", true, 7},
               {"delay p50", true, 5},
               {"delay p99", true, 6}});
  for (const ScalingGroup& group : scaling.groups) {
    const auto& cpu = group.cpu_seconds;
    table.add({group.policy.empty() ? "?" : clean(group.policy), std::string(name_of(group.track)),
               std::to_string(group.scale_ups), std::to_string(group.instances),
               std::to_string(group.served_none), std::to_string(group.requests),
               duration_cell(of(cpu, Activity::kCreate)), duration_cell(of(cpu, Activity::kInit)),
               duration_cell(of(cpu, Activity::kIdle)), duration_cell(of(cpu, Activity::kTeardown)),
               cell(group.scale_up_seconds.p50), cell(group.delay_seconds.p50),
               cell(group.delay_seconds.p99)});
  }
  table.print(page);
}

std::string with_interval(const Interval& of, double scale, std::string_view unit) {
  return fmt::format("{:.3g} {} (95%: {:.3g} to {:.3g})", of.value * scale, unit, of.low * scale,
                     of.high * scale);
}

void print_churn(Page& page, const ChurnLine& churn) {
  if (!churn.refused.empty()) {
    page.paragraph("  No line of cost by creations a second: " + clean(churn.refused), 4, Style::kFaint);
    return;
  }
  page.paragraph(fmt::format("  Churn's cost over {} periods: fixed {}, each creation {}, R2 {:.2f}",
                             churn.periods, with_interval(churn.fixed_cpus, 1, "CPUs"),
                             with_interval(churn.creation_seconds, 1e3, "ms"), churn.r_squared),
                 4);
}

void print_problems(Page& page, const ScalingReport& scaling) {
  if (scaling.events_lost > 0)
    page.paragraph(fmt::format("  {} events were lost: the join is incomplete", scaling.events_lost), 4,
                   Style::kAlarm);
  for (const std::string& problem : scaling.problems) page.paragraph("  " + clean(problem), 4, Style::kAlarm);
}

}  // namespace

void print_scaling(Page& page, const ScalingReport& scaling) {
  page.gap();
  page.line("Scaling", Style::kHeading);
  const ScalingInstances& instances = scaling.instances;
  page.paragraph(
      fmt::format("  {} decisions: {} up, {} down; {} of the ups started nothing", scaling.decisions,
                  scaling.scale_ups, scaling.scale_downs, scaling.without_instances),
      4);
  page.paragraph(
      fmt::format(
          "  {} instances by a decision, {} by repair, {} by none; {} did not start, {} the profiler did "
          "not see, {} served none",
          instances.by_decision, instances.repairs, instances.undecided, instances.failed,
          instances.unobserved, scaling.served_none),
      4);
  if (scaling.scale_up_seconds.p50)
    page.paragraph("  CPU to make and remove what one decision started: " + both(scaling.scale_up_seconds),
                   4);
  if (scaling.held_requests > 0)
    page.paragraph(
        fmt::format("  {} requests were held: {}", scaling.held_requests, both(scaling.delay_seconds)), 4);
  print_groups(page, scaling);
  if (scaling.churn) print_churn(page, *scaling.churn);
  print_problems(page, scaling);
}

}  // namespace faastax::ledger::text
