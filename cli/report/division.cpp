// SPDX-License-Identifier: Apache-2.0
#include "cli/report/division.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <utility>

namespace faastax::cli::report {
namespace {

using ledger::Activity;
using ledger::kActivities;
using ledger::Report;

/// Below this, in seconds, a difference is one of rounding: reports have nine decimals.
constexpr double kRounding = 1e-6;

template <typename T>
void add(std::optional<T>& sum, const std::optional<T>& more) {
  if (more) sum = sum.value_or(T{}) + *more;
}

void add(Row& sum, const Row& more) {
  for (std::size_t i = 0; i < kActivities; ++i) sum.cpu_seconds[i] += more.cpu_seconds[i];
  sum.inferred_seconds += more.inferred_seconds;
  add(sum.started, more.started);
  add(sum.requests, more.requests);
  add(sum.aborted, more.aborted);
  if (!more.memory_byte_seconds) return;
  if (!sum.memory_byte_seconds) sum.memory_byte_seconds.emplace();
  for (std::size_t i = 0; i < ledger::kInstanceStates; ++i)
    (*sum.memory_byte_seconds)[i] += (*more.memory_byte_seconds)[i];
}

Row row_of(const ledger::FunctionReport& function) {
  return {.space = function.space,
          .name = function.function,
          .cpu_seconds = function.cpu_seconds,
          .inferred_seconds = function.inferred_seconds,
          .started = function.started,
          .requests = function.requests.completed,
          .aborted = function.requests.aborted,
          .memory_byte_seconds = function.memory_byte_seconds};
}

Row whole(const Report& report) {
  Row row;
  for (std::size_t i = 0; i < kActivities; ++i) {
    row.cpu_seconds[i] = report.by_activity[i].seconds;
    row.inferred_seconds += report.by_activity[i].inferred_seconds;
  }
  return row;
}

using Key = std::pair<std::string, std::string>;

std::vector<Row> by_function(const Report& report,
                             const std::function<Key(const ledger::FunctionReport&)>& key) {
  std::map<Key, Row> rows;
  for (const ledger::FunctionReport& function : report.functions) {
    const Key of = key(function);
    Row& row = rows[of];
    row.space = of.first;
    row.name = of.second;
    add(row, row_of(function));
  }
  std::vector<Row> result;
  for (auto& [name, row] : rows) result.push_back(std::move(row));
  return result;
}

std::vector<Row> by_component(const Report& report) {
  std::map<std::string, Row> rows;
  for (const ledger::ComponentCpu& cpu : report.by_component) {
    Row& row = rows[cpu.component];
    row.name = cpu.component;
    row.cpu_seconds[ledger::index_of(cpu.activity)] += cpu.seconds;
    row.inferred_seconds += cpu.inferred_seconds;
  }
  std::vector<Row> result;
  for (auto& [name, row] : rows) result.push_back(std::move(row));
  return result;
}

std::vector<Row> this_node(const Report& report) {
  Row row = whole(report);
  row.name = report.node.name;
  row.started = report.started;
  row.requests = report.requests_completed;
  row.aborted = report.requests_aborted;
  row.memory_byte_seconds = report.memory.byte_seconds;
  return {row};
}

/// What `rows` leave of the node's CPU.
void add_rest(std::vector<Row>& rows, const Report& report, std::string name) {
  Row rest = whole(report);
  rest.name = std::move(name);
  rest.rest = true;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < kActivities; ++i) rest.cpu_seconds[i] -= row.cpu_seconds[i];
    rest.inferred_seconds -= row.inferred_seconds;
  }
  for (double& seconds : rest.cpu_seconds) {
    if (std::abs(seconds) < kRounding) seconds = 0;
  }
  if (std::abs(rest.inferred_seconds) < kRounding) rest.inferred_seconds = 0;
  rows.push_back(std::move(rest));
}

}  // namespace

double cpu_total(const Row& row) {
  return std::accumulate(row.cpu_seconds.begin(), row.cpu_seconds.end(), 0.0);
}

std::optional<double> churn_ratio(const Row& row) {
  const auto of = [&row](Activity activity) { return row.cpu_seconds[ledger::index_of(activity)]; };
  if (of(Activity::kHandle) <= 0) return std::nullopt;
  return (of(Activity::kCreate) + of(Activity::kInit) + of(Activity::kTeardown)) / of(Activity::kHandle);
}

std::expected<Division, std::string> divide(const Document& document, Dimension by) {
  const Report& report = document.report;
  Division result{by, {}};
  std::string rest;
  switch (by) {
    case Dimension::kFunction:
      result.rows = by_function(report, [](const auto& of) { return Key{of.space, of.function}; });
      rest = "(no function)";
      break;
    case Dimension::kTrack:
      result.rows = by_function(report, [](const auto& of) { return Key{"", ledger::name_of(of.track)}; });
      rest = "(no function)";
      break;
    case Dimension::kComponent:
      result.rows = by_component(report);
      rest = "(instances themselves)";
      break;
    case Dimension::kNode:
      result.rows = document.nodes ? *document.nodes : this_node(report);
      break;
    case Dimension::kPolicy:
      if (!document.policies) return std::unexpected("this source does not say which policy decided");
      result.rows = *document.policies;
      rest = "(no policy)";
      break;
  }
  std::ranges::stable_sort(result.rows, std::ranges::greater{}, cpu_total);
  if (!rest.empty()) add_rest(result.rows, report, rest);
  return result;
}

Row total_of(const Division& division) {
  Row total{.name = "total"};
  for (const Row& row : division.rows) add(total, row);
  return total;
}

}  // namespace faastax::cli::report
