// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <bpf/libbpf.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdarg>
#include <cstdio>

#include "cli/doctor_command.hpp"
#include "cli/lab_profile.hpp"
#include "cli/replay_command.hpp"
#include "cli/stat_command.hpp"

namespace {

constexpr int kUsage = 2;

/// libbpf's own words go to the log, and only when asked for.
int log_libbpf(libbpf_print_level, const char* format, va_list arguments) {
  char text[1024];
  const int length = std::vsnprintf(text, sizeof(text), format, arguments);
  std::string_view line(text, std::min<std::size_t>(sizeof(text) - 1, static_cast<std::size_t>(std::max(length, 0))));
  while (line.ends_with('\n')) line.remove_suffix(1);
  spdlog::debug("libbpf: {}", line);
  return length;
}

int run(int argc, char** argv) {
  CLI::App app("Where a serverless node's CPU and memory go: requests, or instance churn", "faastax");
  app.set_version_flag("--version", FAASTAX_VERSION);
  app.require_subcommand(1);
  std::string log_level = "warning";
  app.add_option("--log-level", log_level, "What is logged on standard error")
      ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error", "off"}))
      ->capture_default_str();
  faastax::cli::Action action;
  faastax::cli::add_stat_command(app, action);
  faastax::cli::add_record_command(app, action);
  faastax::cli::add_replay_command(app, action);
  faastax::cli::add_lab_command(app, [&action](const faastax::cli::LabOptions& options) {
    action = [options] { return faastax::cli::run_profiled_lab(options); };
  });
  faastax::cli::add_doctor_command(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  spdlog::set_level(spdlog::level::from_str(log_level));
  return action();
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("faastax"));
  libbpf_set_print(log_libbpf);
  return run(argc, argv);
}
