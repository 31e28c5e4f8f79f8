// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "cli/report/prometheus/answer.hpp"

/// What a report asks of the agent's metrics (docs/metrics.md).
namespace faastax::cli::prometheus {

/// What a counter grew by in the window that ends now, from its samples alone: the last one less the one from
/// which it grew. Unlike increase() it guesses nothing beyond them, so that a short run is not off by a
/// scrape interval; where a counter began anew (its agent was started again) increase() answers.
std::string growth(std::string_view metric, std::chrono::milliseconds window);

/// One window's answers, a list a question.
struct Answers {
  std::vector<Sample> cpu;                 ///< node, instance, activity, evidence
  std::vector<Sample> idle;                ///< node, instance
  std::vector<Sample> steal;               ///< node, instance
  std::vector<Sample> residual;            ///< node, instance
  std::vector<Sample> unsettled;           ///< node, instance
  std::vector<Sample> cpus;                ///< node, instance: online at the window's end
  std::vector<Sample> memory;              ///< node, instance, state
  std::vector<Sample> reserved;            ///< byte-seconds
  std::vector<Sample> dying;               ///
  std::vector<Sample> cycles;              ///< activity
  std::vector<Sample> components;          ///< component, activity, evidence
  std::vector<Sample> functions;           ///< namespace, function, track, activity, evidence
  std::vector<Sample> function_cycles;     ///< namespace, function, track
  std::vector<Sample> function_memory;     ///< namespace, function, track, state
  std::vector<Sample> starts;              ///< namespace, function, track
  std::vector<Sample> ends;                ///< reason
  std::vector<Sample> served_none;         ///
  std::vector<Sample> requests;            ///< namespace, function, track, outcome
  std::vector<Sample> request_buckets;     ///< namespace, function, track, le
  std::vector<Sample> cold_start_buckets;  ///< le
  std::vector<Sample> live_before;         ///
  std::vector<Sample> live_after;          ///
  std::vector<Sample> programs;            ///< program: runs
  std::vector<Sample> program_seconds;     ///< program
  std::vector<Sample> lost;                ///< kind
  std::vector<Sample> info;                ///< kernel, cgroup, cycle_source
  std::vector<Series> cpu_course;  ///< activity; a point is what was booked in the step that ends there
  std::vector<Series> idle_course;
  std::vector<Series> memory_course;  ///< state
  std::vector<Series> starts_course;
  std::vector<Series> requests_course;
};

/// An instant query, at the window's end, and where its answer goes.
struct Question {
  std::vector<Sample> Answers::* answer;
  std::string expression;
};
std::vector<Question> questions(std::chrono::milliseconds window);

/// A range query in steps of `step`.
struct CourseQuestion {
  std::vector<Series> Answers::* answer;
  std::string expression;
};
std::vector<CourseQuestion> course_questions(std::chrono::milliseconds step);

}  // namespace faastax::cli::prometheus
