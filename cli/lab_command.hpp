// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "controlplane/lab/process.hpp"

/// `faastax lab run`, in pieces: options → plan → process → result → print. A profiler attaches between
/// LabProcess::launch() and LabProcess::run().
namespace faastax::cli {

/// What the command line asks for.
struct LabOptions {
  lab::LabConfig config;
  std::string policy = "sync:60s";
  std::vector<std::string> settings;
  std::optional<std::string> keep_alive;
  std::optional<std::filesystem::path> json_file;
  bool interrupts = false;  ///< interrupts are owners of their own
};

/// "90s", "500ms", "2m", "1h", "1.5s"; a bare number is seconds. Absent: not a duration.
std::optional<std::chrono::nanoseconds> parse_duration(const std::string& text);

/// What `lab compare` is asked for; the configuration's policy and seed are replaced by each of these.
struct CompareOptions {
  LabOptions lab;
  std::vector<policy::PolicyChoice> policies;
  int seeds = 1;  ///< from the configuration's on
  bool resume = false;
  std::optional<std::filesystem::path> html_file;
};

/// Registers `lab run` and `lab compare`. The one that was given is called with its options.
void add_lab_command(CLI::App& app, std::function<void(const LabOptions&)> run,
                     std::function<void(const CompareOptions&)> compare);

/// Before the run: what will be replayed and how it fits this machine.
void print_lab_plan(const lab::LabPlan& plan, std::FILE* out);

/// After it: requests, cold starts, instances, slowdown.
void print_lab_result(const lab::LabResult& result, std::FILE* out);

/// A progress bar on standard error; nothing where that is no terminal.
class LabProgressBar {
 public:
  LabProgressBar();
  ~LabProgressBar();
  LabProgressBar(const LabProgressBar&) = delete;
  LabProgressBar& operator=(const LabProgressBar&) = delete;
  void show(const lab::LabProgress& progress);

 private:
  bool terminal_;
  bool color_;
  bool shown_ = false;
};

}  // namespace faastax::cli
