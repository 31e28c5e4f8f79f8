// SPDX-License-Identifier: Apache-2.0
#include "cli/top/screen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "ledger/report_text_layout.hpp"

namespace faastax::cli::top {
namespace {

namespace text = ledger::text;
using ledger::Activity;

constexpr std::size_t kLeastWidth = 20;
constexpr std::size_t kLabel = 11;
constexpr std::size_t kHeadLines = 8;   ///< above the tables, without what the width breaks
constexpr std::size_t kTableLines = 3;  ///< of a table beside its rows: a gap, the title, headings
constexpr std::size_t kUnbounded = 1000;

void labelled(text::Page& page, std::string_view label, const std::string& what) {
  page.paragraph(fmt::format("{:<{}}{}", label, kLabel, what), kLabel);
}

std::string cpus(double value) { return fmt::format("{:.3f}", value); }

std::string by_activity(const Cpus& of) {
  std::string line;
  for (std::size_t i = 0; i < of.size(); ++i)
    line += fmt::format("{}{} {}", i == 0 ? "" : ", ", ledger::kActivityNames[i], cpus(of[i]));
  return line;
}

void print_head(text::Page& page, const Rates& now, const ScreenOptions& options) {
  page.line("faastax top  " + text::clean(options.title), text::Style::kHeading);
  labelled(page, "CPUs",
           fmt::format("{:.2f} online = {} busy + {} idle + {} steal {} {} residual", now.cpus_online,
                       cpus(sum(now.cpus)), cpus(now.idle), cpus(now.steal), now.residual < 0 ? '-' : '+',
                       cpus(std::abs(now.residual))));
  labelled(page, "Busy", by_activity(now.cpus));
  std::string instances;
  std::string memory;
  for (std::size_t i = 0; i < ledger::kInstanceStates; ++i) {
    instances += fmt::format("{}{} {}", i == 0 ? "" : ", ", now.instances[i], ledger::kInstanceStateNames[i]);
    memory += fmt::format("{}{} {}", i == 0 ? "" : ", ", ledger::kInstanceStateNames[i],
                          text::bytes(static_cast<double>(now.memory_bytes[i])));
  }
  labelled(page, "Instances", fmt::format("{}; {:.1f} started a second", instances, now.starts));
  labelled(page, "Requests", fmt::format("{:.1f} completed a second", now.requests));
  labelled(page, "Memory",
           fmt::format("{}, overhead {}", memory, text::bytes(static_cast<double>(now.overhead_bytes))));
  if (now.lost_events > 0)
    page.line(fmt::format("!!! {} events lost: the figures are incomplete !!!", now.lost_events),
              text::Style::kAlarm);
}

std::string name_of(const ledger::FunctionName& name) {
  const std::string function = name.function.empty() ? "?" : text::clean(name.function);
  return name.space.empty() ? function : text::clean(name.space) + '/' + function;
}

void print_functions(text::Page& page, const std::vector<FunctionRate>& functions, std::size_t rows) {
  if (functions.empty() || rows == 0) return;
  page.gap();
  page.line("Functions", text::Style::kHeading);
  text::Table table({{"function", false},
                     {"track", false, 3},
                     {"CPUs"},
                     {"create", true, 5},
                     {"init", true, 4},
                     {"handle", true, 8},
                     {"idle", true, 2},
                     {"teardown", true, 4},
                     {"starts/s", true, 6},
                     {"requests/s", true, 7},
                     {"idle+busy", true, 7}});
  for (std::size_t i = 0; i < std::min(rows, functions.size()); ++i) {
    const FunctionRate& of = functions[i];
    const auto in = [&of](Activity activity) { return cpus(of.cpus[ledger::index_of(activity)]); };
    const auto live = [&of](ledger::InstanceState state) { return of.instances[ledger::index_of(state)]; };
    table.add({name_of(of.name), std::string(ledger::name_of(of.name.track)), cpus(sum(of.cpus)),
               in(Activity::kCreate), in(Activity::kInit), in(Activity::kHandle), in(Activity::kIdle),
               in(Activity::kTeardown), fmt::format("{:.1f}", of.starts), fmt::format("{:.1f}", of.requests),
               fmt::format("{}+{}", live(ledger::InstanceState::kIdle), live(ledger::InstanceState::kBusy))});
  }
  table.print(page);
}

void print_components(text::Page& page, const std::vector<ComponentRate>& components, std::size_t rows) {
  if (components.empty() || rows == 0) return;
  page.gap();
  page.line("Components", text::Style::kHeading);
  text::Table table({{"component", false},
                     {"CPUs"},
                     {"create", true, 6},
                     {"teardown", true, 5},
                     {"manage", true, 7},
                     {"route", true, 4},
                     {"observe", true, 2},
                     {"other", true, 3}});
  for (std::size_t i = 0; i < std::min(rows, components.size()); ++i) {
    const ComponentRate& of = components[i];
    const auto in = [&of](Activity activity) { return cpus(of.cpus[ledger::index_of(activity)]); };
    table.add({text::clean(of.name), cpus(sum(of.cpus)), in(Activity::kCreate), in(Activity::kTeardown),
               in(Activity::kManage), in(Activity::kRoute), in(Activity::kObserve), in(Activity::kOther)});
  }
  table.print(page);
}

/// The first `most` lines; 0: all.
std::string first_lines(const std::string& lines, std::size_t most) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < most && end < lines.size(); ++i) end = lines.find('\n', end) + 1;
  return most == 0 ? lines : lines.substr(0, end);
}

}  // namespace

std::string draw(const Rates& rates, const ScreenOptions& options) {
  text::Page page(std::max(options.width, kLeastWidth), options.color);
  print_head(page, rates, options);
  const std::size_t taken = kHeadLines + 2 * kTableLines;
  const std::size_t room = options.height == 0 ? kUnbounded : std::max(options.height, taken + 2) - taken;
  const std::size_t functions =
      std::min(rates.functions.size(), std::max(room / 2, room - std::min(room, rates.components.size())));
  print_functions(page, rates.functions, functions);
  print_components(page, rates.components, room - std::min(functions, room));
  return first_lines(page.take(), options.height);
}

}  // namespace faastax::cli::top
