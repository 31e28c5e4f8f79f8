// SPDX-License-Identifier: Apache-2.0
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>

#include <cstdio>

#include "agent/base/libbpf_log.hpp"
#include "agent/base/usage.hpp"
#include "cli/compare_command.hpp"
#include "cli/doctor_command.hpp"
#include "cli/lab_profile.hpp"
#include "cli/policy_command.hpp"
#include "cli/replay_command.hpp"
#include "cli/report_command.hpp"
#include "cli/stat_command.hpp"
#include "cli/top_command.hpp"

namespace {

constexpr int kUsage = 2;

int run(int argc, char** argv) {
  CLI::App app("Where a serverless node's CPU and memory go: requests, or instance churn", "faastax");
  app.set_version_flag("--version", FAASTAX_VERSION);
  app.failure_message(faastax::base::one_line_failure);
  // None at all is told below: CLI11 would complain of that before it names a word that it does not know.
  app.require_subcommand(0, 1);
  std::string log_level = "warning";
  app.add_option("--log-level", log_level, "What is logged on standard error")
      ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error", "off"}))
      ->capture_default_str();
  faastax::cli::Action action;
  faastax::cli::add_stat_command(app, action);
  faastax::cli::add_top_command(app, action);
  faastax::cli::add_record_command(app, action);
  faastax::cli::add_replay_command(app, action);
  faastax::cli::add_report_command(app, action);
  faastax::cli::add_lab_command(
      app,
      [&action](const faastax::cli::LabOptions& options) {
        action = [options] { return faastax::cli::run_profiled_lab(options); };
      },
      [&action](const faastax::cli::CompareOptions& options) {
        action = [options] { return faastax::cli::compare_policies(options); };
      });
  faastax::cli::add_policy_command(app, action);
  faastax::cli::add_doctor_command(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  if (!action) {
    std::fputs("faastax: a command is required (see faastax --help)\n", stderr);
    return kUsage;
  }
  spdlog::set_level(spdlog::level::from_str(log_level));
  return action();
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("faastax"));
  faastax::base::log_libbpf();
  return run(argc, argv);
}
