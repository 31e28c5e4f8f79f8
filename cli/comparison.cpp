// SPDX-License-Identifier: Apache-2.0
#include "cli/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <numeric>

#include "ledger/report_json.hpp"

namespace faastax::cli {
namespace {

using ledger::Activity;
using nlohmann::ordered_json;

constexpr const char* kSchema = "faastax.comparison.v1";

constexpr double kPercent = 100;
constexpr double kMilli = 1000;
constexpr double kMebibyte = 1024 * 1024;
constexpr std::array kFigures = {
    Figure{"failed_share", "failed %", "requests that were not answered, of those that were sent, %",
           &PolicyFigures::failed, kPercent, 2},
    Figure{"slowdown", "slowdown",
           "geometric mean over functions of the 99th percentile of response time / expected execution time",
           &PolicyFigures::slowdown, 1, 2},
    Figure{"memory_ratio", "memory", "byte-seconds of all instances / of busy ones", &PolicyFigures::memory,
           1, 2},
    Figure{"creations_per_second", "creat/s", "instances started a second",
           &PolicyFigures::creations_per_second, 1, 2},
    Figure{"overhead_ratio", "overhd %",
           "CPU time of creation, removal, management and routing, % of that of functions",
           &PolicyFigures::overhead, kPercent, 1},
    Figure{"overhead_create", "create %", "CPU time of creation, % of that of functions",
           &PolicyFigures::create, kPercent, 1},
    Figure{"overhead_teardown", "teard %", "CPU time of removal, % of that of functions",
           &PolicyFigures::teardown, kPercent, 1},
    Figure{"overhead_manage", "manage %", "CPU time of management, % of that of functions",
           &PolicyFigures::manage, kPercent, 1},
    Figure{"overhead_route", "route %", "CPU time of routing, % of that of functions", &PolicyFigures::route,
           kPercent, 1},
    Figure{"churn_regular", "reg.tr %",
           "CPU time of creation and removal of regular instances, % of that of functions",
           &PolicyFigures::regular_churn, kPercent, 1},
    Figure{"churn_emergency", "em.tr %",
           "CPU time of creation and removal of emergency instances, % of that of functions",
           &PolicyFigures::emergency_churn, kPercent, 1},
    Figure{"emergency_share", "em.inst %", "emergency instances, % of all that were started",
           &PolicyFigures::emergency_share, kPercent, 1},
    Figure{"delay_p50_seconds", "p50 ms", "scheduling delay (arrival until sent), median, ms",
           &PolicyFigures::delay_p50, kMilli, 2},
    Figure{"delay_p99_seconds", "p99 ms", "scheduling delay (arrival until sent), 99th percentile, ms",
           &PolicyFigures::delay_p99, kMilli, 1},
    Figure{"waited_p50_seconds", "wait50 ms",
           "scheduling delay of requests that found no free slot, median, ms", &PolicyFigures::waited_p50,
           kMilli, 1},
    Figure{"waited_p99_seconds", "wait99 ms",
           "scheduling delay of requests that found no free slot, 99th percentile, ms",
           &PolicyFigures::waited_p99, kMilli, 1},
    Figure{"slow_start_share", "slow %", "requests that waited 10 ms or longer for an instance, %",
           &PolicyFigures::slow_share, kPercent, 2},
    Figure{"mean_memory_bytes", "MiB", "memory of all instances, mean, MiB", &PolicyFigures::mean_memory,
           1 / kMebibyte, 1},
    Figure{"busy_share", "busy %", "time in which the CPUs were not idle, %", &PolicyFigures::busy, kPercent,
           1},
    Figure{"late_p99_seconds", "late ms",
           "how much too late the load generator sent a request, 99th percentile, ms",
           &PolicyFigures::late_p99, kMilli, 2},
};

std::optional<double> ratio(double above, double below) {
  return below > 0 ? std::optional(above / below) : std::nullopt;
}

double seconds(const ledger::Report& report, Activity activity) {
  return report.by_activity[static_cast<std::size_t>(activity)].seconds;
}

double churn_of(const ledger::Report& report, ledger::Track track) {
  double sum = 0;
  for (const ledger::FunctionReport& function : report.functions) {
    if (function.track != track) continue;
    sum += function.cpu_seconds[static_cast<std::size_t>(Activity::kCreate)] +
           function.cpu_seconds[static_cast<std::size_t>(Activity::kTeardown)];
  }
  return sum;
}

/// Half of the 95 % interval of a mean by Student's distribution; 0 for one value.
double half_interval(const std::vector<double>& values, double mean) {
  constexpr std::array kStudent = {12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26};
  constexpr double kNormal = 1.96;
  if (values.size() < 2) return 0;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const auto n = static_cast<double>(values.size());
  const std::size_t freedom = values.size() - 1;
  const double t = freedom <= kStudent.size() ? kStudent[freedom - 1] : kNormal;
  return t * std::sqrt(squares / (n - 1) / n);
}

std::string padded(const std::string& text, std::size_t width) {
  const auto marks = static_cast<std::size_t>(std::ranges::count(text, '\xc2'));  // ± has two bytes
  return std::string(width - std::min(width, text.size() - marks), ' ') + text;
}

/// Where it is written before it takes the file's place.
std::filesystem::path fresh_of(std::filesystem::path file) { return file += ".new"; }

}  // namespace

PolicyFigures figures_of(const lab::LabResult& result, const ledger::Report& report) {
  const double user = seconds(report, Activity::kInit) + seconds(report, Activity::kHandle) +
                      seconds(report, Activity::kIdle);
  PolicyFigures f;
  f.failed = ratio(static_cast<double>(result.failed), static_cast<double>(result.sent));
  f.slowdown = result.slowdown;
  f.memory = report.ratios.memory;
  f.creations_per_second = ratio(static_cast<double>(result.instances_started), result.seconds);
  f.overhead = report.ratios.overhead;
  f.create = ratio(seconds(report, Activity::kCreate), user);
  f.teardown = ratio(seconds(report, Activity::kTeardown), user);
  f.manage = ratio(seconds(report, Activity::kManage), user);
  f.route = ratio(seconds(report, Activity::kRoute), user);
  f.regular_churn = ratio(churn_of(report, ledger::Track::kRegular), user);
  f.emergency_churn = ratio(churn_of(report, ledger::Track::kEmergency), user);
  f.emergency_share =
      ratio(static_cast<double>(result.emergency_instances), static_cast<double>(result.instances_started));
  f.delay_p50 = result.delay_p50;
  f.delay_p99 = result.delay_p99;
  f.waited_p50 = result.waited_p50;
  f.waited_p99 = result.waited_p99;
  f.slow_share = ratio(static_cast<double>(result.slow_starts), static_cast<double>(result.scheduled));
  const auto& memory = report.memory.byte_seconds;
  f.mean_memory = ratio(std::accumulate(memory.begin(), memory.end(), 0.0), report.window_seconds);
  f.busy = ratio(report.busy_seconds, report.wall_cpu_seconds);
  f.late_p99 = result.late_p99;
  return f;
}

std::span<const Figure> figures() { return kFigures; }

std::vector<std::string> policies_of(const Comparison& comparison) {
  std::vector<std::string> policies;
  for (const PolicyRun& run : comparison.runs) {
    if (std::ranges::find(policies, run.policy) == policies.end()) policies.push_back(run.policy);
  }
  return policies;
}

std::optional<Estimate> estimate_of(const Comparison& comparison, const std::string& policy,
                                    const Figure& figure) {
  std::vector<double> values;
  for (const PolicyRun& run : comparison.runs) {
    if (run.policy != policy) continue;
    const auto value = figures_of(run.result, run.report).*figure.value;
    if (value) values.push_back(*value * figure.scale);
  }
  if (values.empty()) return std::nullopt;
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  return Estimate{mean, half_interval(values, mean), values.size()};
}

std::string to_text(const Figure& figure, const std::optional<Estimate>& estimate) {
  if (!estimate) return "-";
  std::string text = fmt::format("{:.{}f}", estimate->mean, figure.digits);
  if (estimate->runs > 1) text += fmt::format(" ±{:.{}f}", estimate->half, figure.digits);
  return text;
}

bool Comparison::has(const std::string& policy, std::uint64_t seed) const {
  return std::ranges::any_of(runs,
                             [&](const PolicyRun& run) { return run.policy == policy && run.seed == seed; });
}

std::string to_text(const Comparison& comparison) {
  constexpr std::size_t kGap = 2;
  const std::vector<std::string> policies = policies_of(comparison);
  std::vector<std::vector<std::string>> columns;
  for (const Figure& figure : kFigures) {
    std::vector<std::string> column{figure.title};
    for (const std::string& policy : policies) {
      column.push_back(to_text(figure, estimate_of(comparison, policy, figure)));
    }
    columns.push_back(std::move(column));
  }
  std::size_t widest = std::string_view("policy").size();
  for (const std::string& policy : policies) widest = std::max(widest, policy.size());
  std::string text;
  for (std::size_t row = 0; row <= policies.size(); ++row) {
    text += fmt::format("{:<{}}", row == 0 ? "policy" : policies[row - 1], widest);
    for (const auto& column : columns) {
      const std::size_t width = std::ranges::max(column, {}, &std::string::size).size();
      text += padded(column[row], width + kGap);
    }
    text += '\n';
  }
  return text;
}

ordered_json to_json(const Comparison& comparison) {
  ordered_json runs = ordered_json::array();
  for (const PolicyRun& run : comparison.runs) {
    ordered_json figures;
    const PolicyFigures values = figures_of(run.result, run.report);
    for (const Figure& figure : kFigures) {
      const auto value = values.*figure.value;
      figures[figure.name] = value ? ordered_json(*value) : ordered_json(nullptr);
    }
    runs.push_back({{"policy", run.policy},
                    {"seed", run.seed},
                    {"figures", figures},
                    {"lab", ordered_json(lab::to_json(run.result))},
                    {"report", ordered_json::parse(ledger::to_json(run.report))}});
  }
  return {{"schema", kSchema}, {"setup", comparison.setup}, {"runs", runs}};
}

base::Result<void> check_writable(const std::filesystem::path& file) {
  const std::filesystem::path fresh = fresh_of(file);
  const bool opened = std::ofstream(fresh, std::ios::binary | std::ios::app).is_open();
  std::error_code ignored;
  std::filesystem::remove(fresh, ignored);
  if (!opened || std::filesystem::is_directory(file)) {
    return base::failure(file.string() + ": cannot be written");
  }
  return {};
}

base::Result<void> save(const Comparison& comparison, const std::filesystem::path& file) {
  return write_whole(file, to_json(comparison).dump(2) + '\n');
}

base::Result<void> write_whole(const std::filesystem::path& file, const std::string& text) {
  const std::filesystem::path fresh = fresh_of(file);
  std::ofstream stream(fresh, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  std::error_code error;
  if (!stream.fail()) std::filesystem::rename(fresh, file, error);
  if (stream.fail() || error) return base::failure(file.string() + ": cannot be written");
  return {};
}

base::Result<std::vector<PolicyRun>> load_runs(const std::filesystem::path& file, const ordered_json& setup) {
  std::vector<PolicyRun> runs;
  if (!std::filesystem::exists(file)) return runs;
  std::ifstream stream(file, std::ios::binary);
  try {
    const ordered_json saved = ordered_json::parse(stream);
    if (saved.at("schema") != kSchema) return base::failure(file.string() + ": not a comparison");
    if (saved.at("setup") != setup) {
      return base::failure(file.string() + ": made with other options; without --resume it is replaced");
    }
    for (const ordered_json& run : saved.at("runs")) {
      auto report = ledger::report_from_json(run.at("report").dump());
      if (!report) return base::failure(file.string() + ": " + report.error());
      runs.push_back({run.at("policy"), run.at("seed"), lab::result_from_json(nlohmann::json(run.at("lab"))),
                      std::move(*report)});
    }
  } catch (const nlohmann::json::exception& error) {
    return base::failure(file.string() + ": cannot be read: " + error.what());
  }
  return runs;
}

}  // namespace faastax::cli
