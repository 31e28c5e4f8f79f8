// SPDX-License-Identifier: Apache-2.0
#include "cli/report/page.hpp"

#include <fmt/format.h>

#include "cli/html/text.hpp"
#include "cli/report/page_charts.hpp"
#include "ledger/report_text_layout.hpp"

namespace faastax::cli::report {
namespace {

namespace text = ledger::text;
using ledger::Report;

std::string ratio(const std::optional<double>& value) { return value ? fmt::format("{:.2f}", *value) : "–"; }

std::string percentiles(const ledger::Percentiles& of) {
  if (!of.p50 || !of.p99) return "–";
  return fmt::format("{} / {}", text::duration(*of.p50), text::duration(*of.p99));
}

std::string number(const std::optional<std::uint64_t>& value) {
  return value ? fmt::format("{}", *value) : "–";
}

/// What matters most, in one line.
std::string key_figures(const Report& report) {
  std::string list = "<dl class=\"key\">\n";
  const auto add = [&list](const char* name, const std::string& value) {
    list += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, html::escaped(value));
  };
  add("overhead ratio", ratio(report.ratios.overhead));
  add("churn ratio", ratio(report.ratios.churn));
  add("memory ratio", ratio(report.ratios.memory));
  add("busy",
      fmt::format("{} of {}", text::duration(report.busy_seconds), text::duration(report.wall_cpu_seconds)));
  add("residual", text::percent(report.residual_seconds, report.wall_cpu_seconds));
  add("instances started", fmt::format("{}", report.started));
  add("requests", fmt::format("{}", report.requests_completed));
  add("cold start p50 / p99", percentiles(report.cold_start_seconds));
  add("request p50 / p99", percentiles(report.request_seconds));
  return list + "</dl>\n";
}

std::string window_of(const Report& report) {
  std::string node = report.node.name.empty() ? "this node" : report.node.name;
  if (report.node.cpus > 0) node += fmt::format(", {} CPUs", report.node.cpus);
  if (!report.node.kernel.empty()) node += ", kernel " + report.node.kernel;
  return fmt::format("<p>{} from {} on {}</p>\n", html::escaped(text::duration(report.window_seconds)),
                     html::escaped(report.window_start), html::escaped(node));
}

std::string losses(const Report& report) {
  if (report.lost_events == 0 && report.lost_records == 0) return "";
  return fmt::format("<p class=\"alarm\">Lost: {} events and {} records: the figures are incomplete.</p>\n",
                     report.lost_events, report.lost_records);
}

std::string activities(const Report& report) {
  html::Table table{{"activity", "CPU time", "of busy", "inferred"}, {}};
  for (std::size_t i = 0; i < ledger::kActivities; ++i) {
    const ledger::ActivityCpu& of = report.by_activity[i];
    table.rows.push_back({std::string(ledger::kActivityNames[i]), text::duration(of.seconds),
                          text::percent(of.seconds, report.busy_seconds),
                          text::duration(of.inferred_seconds)});
  }
  return "<section id=\"activities\"><h2>CPU by activity</h2>\n" + html::table(table) + "</section>\n";
}

std::string functions(const Report& report) {
  if (report.functions.empty()) return "";
  html::Table table{{"function", "track", "started", "requests", "create", "init", "handle", "idle",
                     "teardown", "request p50 / p99", "churn ratio"},
                    {}};
  for (const ledger::FunctionReport& of : report.functions) {
    const auto seconds = [&of](ledger::Activity activity) {
      return text::duration(of.cpu_seconds[ledger::index_of(activity)]);
    };
    using enum ledger::Activity;
    table.rows.push_back({of.space.empty() ? of.function : of.space + "/" + of.function,
                          std::string(ledger::name_of(of.track)), fmt::format("{}", of.started),
                          number(of.requests.completed), seconds(kCreate), seconds(kInit), seconds(kHandle),
                          seconds(kIdle), seconds(kTeardown), percentiles(of.request_seconds),
                          ratio(of.churn_ratio)});
  }
  return "<section class=\"wide\" id=\"functions\"><h2>Functions</h2>\n" + html::table(table) +
         "</section>\n";
}

std::string division_table(const Division& division) {
  html::Table table{{std::string(name_of(division.by)), "CPU time", "of all", "started", "requests"}, {}};
  for (const std::string_view activity : ledger::kActivityNames) table.headings.emplace_back(activity);
  table.headings.emplace_back("churn ratio");
  const Row total = total_of(division);
  const auto add = [&](const Row& row) {
    std::vector<std::string> cells = {
        row.space.empty() ? row.name : row.space + "/" + row.name, text::duration(cpu_total(row)),
        text::percent(cpu_total(row), cpu_total(total)), number(row.started), number(row.requests)};
    for (const double seconds : row.cpu_seconds) cells.push_back(text::duration(seconds));
    cells.push_back(ratio(churn_ratio(row)));
    table.rows.push_back(std::move(cells));
  };
  for (const Row& row : division.rows) add(row);
  add(total);
  return fmt::format("<section class=\"wide\" id=\"by\"><h2>CPU by {}</h2>\n{}</section>\n",
                     name_of(division.by), html::table(table));
}

}  // namespace

std::string to_html(const Document& document, const std::optional<Division>& division) {
  const Report& report = document.report;
  const std::string node = report.node.name.empty() ? "" : " of " + report.node.name;
  std::string page = html::head("Where the CPU and memory" + node + " went");
  page += window_of(report) + losses(report);
  for (const std::string& note : document.notes) page += fmt::format("<p>{}</p>\n", html::escaped(note));
  page += key_figures(report) + "<main>\n";
  page += cpu_over_time(report) + memory_over_time(report) + cold_starts(report) + scale_ups(report);
  page += top_functions(report) + top_components(report) + activities(report);
  if (division) page += division_table(*division);
  page += functions(report);
  return page + "</main>\n" + html::tail();
}

}  // namespace faastax::cli::report
