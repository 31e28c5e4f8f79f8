// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "cli/report/formats.hpp"
#include "ledger/report_text_layout.hpp"

namespace faastax::cli::report {
namespace {

namespace text = ledger::text;
using ledger::Activity;

constexpr std::size_t kLeastWidth = 20;

std::string count_cell(const std::optional<std::uint64_t>& count) {
  return count ? std::to_string(*count) : "-";
}

std::string name_cell(const Row& row) {
  const std::string name = row.name.empty() ? "?" : text::clean(row.name);
  return row.space.empty() ? name : text::clean(row.space) + '/' + name;
}

std::vector<std::string> cells(const Row& row, double whole) {
  const auto of = [&row](Activity activity) { return row.cpu_seconds[ledger::index_of(activity)]; };
  const double rest = of(Activity::kObserve) + of(Activity::kOther);
  const auto churn = churn_ratio(row);
  return {name_cell(row),
          text::duration_cell(cpu_total(row)),
          text::percent(cpu_total(row), whole),
          count_cell(row.started),
          count_cell(row.requests),
          text::duration_cell(of(Activity::kCreate)),
          text::duration_cell(of(Activity::kInit)),
          text::duration_cell(of(Activity::kHandle)),
          text::duration_cell(of(Activity::kIdle)),
          text::duration_cell(of(Activity::kTeardown)),
          text::duration_cell(of(Activity::kManage)),
          text::duration_cell(of(Activity::kRoute)),
          text::duration_cell(rest),
          churn ? fmt::format("{:.2f}", *churn) : "-"};
}

}  // namespace

std::string to_text(const Document& document, const std::optional<Division>& division,
                    const ledger::TextOptions& options) {
  text::Page page(std::max<std::size_t>(options.width, kLeastWidth), options.color);
  if (division) {
    const Row total = total_of(*division);
    page.line(fmt::format("CPU by {}", name_of(division->by)), text::Style::kHeading);
    text::Table table({{std::string(name_of(division->by)), false},
                       {"CPU time", true, 9},
                       {"of all", true, 8},
                       {"started", true, 6},
                       {"requests", true, 7},
                       {"create", true, 5},
                       {"init", true, 5},
                       {"handle", true, 7},
                       {"idle", true, 2},
                       {"teardown", true, 5},
                       {"manage", true, 3},
                       {"route", true, 3},
                       {"other", true, 1},
                       {"churn", true, 8}});
    for (const Row& row : division->rows) table.add(cells(row, cpu_total(total)));
    table.add(cells(total, cpu_total(total)));
    table.print(page);
    page.gap();
  }
  for (const std::string& note : document.notes)
    page.paragraph("note: " + text::clean(note), 6, text::Style::kFaint);
  return page.take() + ledger::to_text(document.report, options);
}

}  // namespace faastax::cli::report
