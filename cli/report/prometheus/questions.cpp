// SPDX-License-Identifier: Apache-2.0
#include "cli/report/prometheus/questions.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace faastax::cli::prometheus {
namespace {

using std::chrono::milliseconds;

/// A node that was not scraped for so long is not there.
constexpr milliseconds kLately = std::chrono::minutes(5);

constexpr const char* kNode = "node, instance";
constexpr const char* kFunction = "namespace, function, track";

std::string range(milliseconds length) { return fmt::format("{}ms", length.count()); }

std::string summed(const std::string& expression, const std::string& by) {
  return fmt::format("sum by ({}) ({})", by, expression);
}

/// What a gauge changed by; one that was not there before began at 0.
std::string change(std::string_view gauge, milliseconds window) {
  const std::string length = range(window);
  return fmt::format("last_over_time({0}[{1}]) - ({0} offset {1} or last_over_time({0}[{1}]) * 0)", gauge,
                     length);
}

/// The integral of a gauge while it was there: what lived for part of the window counts for that part.
std::string integral(std::string_view gauge, milliseconds window) {
  constexpr int kParts = 120;
  const milliseconds step = std::max(window / kParts, std::min(window, milliseconds(1000)));
  return fmt::format("sum(sum_over_time({}[{}:{}])) * {}", gauge, range(window), range(step),
                     std::chrono::duration<double>(step).count());
}

}  // namespace

std::string growth(std::string_view metric, milliseconds window) {
  const std::string length = range(window);
  return fmt::format(
      // One that began anew between the sample before the window and its first has no reset within.
      "((last_over_time({0}[{1}]) - ({0} offset {1} <= min_over_time({0}[{1}]) or min_over_time({0}[{1}]))) "
      "and resets({0}[{1}]) == 0) or increase({0}[{1}])",
      metric, length);
}

std::vector<Question> questions(milliseconds window) {
  const auto grown = [window](std::string_view metric, const std::string& by) {
    return summed(growth(metric, window), by);
  };
  const std::string length = range(window);
  const std::string function = kFunction;
  const std::string node = kNode;
  const std::string info = fmt::format("last_over_time(faastax_agent_info[{}])", length);
  return {
      {&Answers::cpu, grown("faastax_cpu_seconds_total", node + ", activity, evidence")},
      {&Answers::idle, grown("faastax_idle_cpu_seconds_total", node)},
      {&Answers::steal, grown("faastax_steal_cpu_seconds_total", node)},
      {&Answers::residual, summed(change("faastax_residual_cpu_seconds", window), node)},
      {&Answers::unsettled, summed(change("faastax_unsettled_cpu_seconds", window), node)},
      {&Answers::cpus,
       summed(fmt::format("last_over_time(faastax_online_cpus[{}])", range(std::min(window, kLately))),
              node)},
      {&Answers::memory, grown("faastax_memory_byte_seconds_total", node + ", state")},
      {&Answers::reserved, integral("faastax_memory_reserved_bytes", window)},
      {&Answers::dying, "sum(faastax_dying_cgroups)"},
      {&Answers::cycles, grown("faastax_cpu_cycles_total", "activity")},
      {&Answers::components, grown("faastax_component_cpu_seconds_total", "component, activity, evidence")},
      {&Answers::functions, grown("faastax_function_cpu_seconds_total", function + ", activity, evidence")},
      {&Answers::function_cycles, grown("faastax_function_cpu_cycles_total", function)},
      {&Answers::function_memory, grown("faastax_function_memory_byte_seconds_total", function + ", state")},
      {&Answers::starts, grown("faastax_instance_starts_total", function)},
      {&Answers::ends, grown("faastax_instance_ends_total", "reason")},
      {&Answers::served_none, grown("faastax_instances_served_none_total", "")},
      {&Answers::requests, grown("faastax_requests_total", function + ", outcome")},
      {&Answers::request_buckets, grown("faastax_request_seconds_bucket", function + ", le")},
      {&Answers::cold_start_buckets, grown("faastax_cold_start_seconds_bucket", "le")},
      {&Answers::live_before, fmt::format("sum(faastax_instances offset {})", length)},
      {&Answers::live_after, "sum(faastax_instances)"},
      {&Answers::programs, grown("faastax_agent_bpf_runs_total", "program")},
      {&Answers::program_seconds, grown("faastax_agent_bpf_estimated_seconds_total", "program")},
      {&Answers::lost, grown("faastax_agent_lost_total", "kind")},
      {&Answers::info, fmt::format("max by (node, instance, kernel, cgroup, cycle_source) ({})", info)},
  };
}

std::vector<CourseQuestion> course_questions(milliseconds step) {
  const auto grown = [step](std::string_view metric, const char* by) {
    return summed(growth(metric, step), by);
  };
  return {
      {&Answers::cpu_course, grown("faastax_cpu_seconds_total", "activity")},
      {&Answers::idle_course, grown("faastax_idle_cpu_seconds_total", "")},
      {&Answers::memory_course, grown("faastax_memory_byte_seconds_total", "state")},
      {&Answers::starts_course, grown("faastax_instance_starts_total", "")},
      {&Answers::requests_course, grown(R"(faastax_requests_total{outcome="completed"})", "")},
  };
}

}  // namespace faastax::cli::prometheus
