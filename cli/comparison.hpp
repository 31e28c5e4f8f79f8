// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/lab_profile.hpp"

/// What policies cost under the same load. Pure, but for the file.
namespace faastax::cli {

/// The figures of one run; the papers' definitions (README: Ratios). Absent at a zero denominator and where
/// there is no sample.
struct PolicyFigures {
  std::optional<double> failed;    ///< of the requests that were sent
  std::optional<double> slowdown;  ///< geometric mean over functions of the 99th percentile
  std::optional<double> memory;    ///< byte-seconds of all instances / of busy ones
  std::optional<double> creations_per_second;
  std::optional<double> overhead;  ///< (create + teardown + manage + route) / (init + handle + idle)
  // Its parts:
  std::optional<double> create;
  std::optional<double> teardown;
  std::optional<double> manage;
  std::optional<double> route;
  std::optional<double>
      regular_churn;  ///< create + teardown of regular instances / all of init, handle, idle
  std::optional<double> emergency_churn;  ///< the same of emergency instances
  std::optional<double> emergency_share;  ///< of the instances that were started
  std::optional<double> delay_p50;        ///< seconds from arrival until a request is sent
  std::optional<double> delay_p99;
  std::optional<double> waited_p50;  ///< the same, of requests that found no free slot
  std::optional<double> waited_p99;
  std::optional<double> slow_share;   ///< of the requests: those that waited lab::kSlowStart or longer
  std::optional<double> mean_memory;  ///< bytes of all instances, mean over the window
  // Whether the machine carried the load:
  std::optional<double> busy;      ///< of the CPUs' time
  std::optional<double> late_p99;  ///< seconds that the load generator sent a request too late
};

PolicyFigures figures_of(const lab::LabResult& result, const ledger::Report& report);

struct PolicyRun {
  std::string policy;  ///< as it was asked for
  std::uint64_t seed = 0;
  lab::LabResult result;
  ledger::Report report;
};

struct Comparison {
  nlohmann::ordered_json setup;  ///< all that the runs have in common
  std::vector<PolicyRun> runs;

  bool has(const std::string& policy, std::uint64_t seed) const;
};

/// How a figure is shown.
struct Figure {
  const char* name;   ///< in JSON
  const char* title;  ///< in the table
  const char* about;  ///< what it is
  std::optional<double> PolicyFigures::* value;
  double scale;  ///< shown are so many of the value's units
  int digits;
};
/// All of them, in the table's order.
std::span<const Figure> figures();

/// Each once, in the order of their first runs.
std::vector<std::string> policies_of(const Comparison& comparison);

/// A policy's figure as it is shown: the mean over seeds, half its 95 % interval (0 for one run), and how
/// many runs have the figure.
struct Estimate {
  double mean = 0;
  double half = 0;
  std::size_t runs = 0;
};
/// Absent when no run has it.
std::optional<Estimate> estimate_of(const Comparison& comparison, const std::string& policy,
                                    const Figure& figure);
std::string to_text(const Figure& figure, const std::optional<Estimate>& estimate);

/// One line a policy: the mean over seeds, and half the 95 % interval where there are several.
std::string to_text(const Comparison& comparison);

/// "faastax.comparison.v1".
nlohmann::ordered_json to_json(const Comparison& comparison);

/// Whether write_whole() can make this file, as far as can be known before.
base::Result<void> check_writable(const std::filesystem::path& file);

/// Replaces the file as a whole, so that an interruption leaves the one before.
base::Result<void> write_whole(const std::filesystem::path& file, const std::string& text);
base::Result<void> save(const Comparison& comparison, const std::filesystem::path& file);

/// The runs of an earlier comparison with the same setup; none when there is no file.
base::Result<std::vector<PolicyRun>> load_runs(const std::filesystem::path& file,
                                               const nlohmann::ordered_json& setup);

}  // namespace faastax::cli
