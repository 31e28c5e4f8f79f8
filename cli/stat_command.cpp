// SPDX-License-Identifier: Apache-2.0
#include "cli/stat_command.hpp"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>

#include "agent/base/stop_signals.hpp"
#include "cli/command_child.hpp"
#include "cli/lab_command.hpp"
#include "cli/report_output.hpp"
#include "cli/session.hpp"

namespace faastax::cli {
namespace {

constexpr std::chrono::hours kForever{24 * 365};

struct WindowOptions {
  SessionOptions session;
  std::filesystem::path json;
  std::chrono::milliseconds length{kForever};
  std::vector<std::string> command;
};

void add_window_options(CLI::App& command, const std::shared_ptr<WindowOptions>& options) {
  command.add_option("--json", options->json, "Write the report as JSON; - is standard output")
      ->type_name("FILE");
  command.add_flag("--instances", options->session.instances, "List each instance");
  command.add_flag("--interrupts", options->session.interrupts,
                   "Book softirqs and hard interrupts apart from whom they interrupt");
  command.add_option("--rules", options->session.rules_file, "Rules laid over the built-in ones")
      ->check(CLI::ExistingFile)
      ->type_name("FILE");
  command
      .add_option_function<std::string>(
          "--for",
          [options](const std::string& text) {
            options->length = std::chrono::duration_cast<std::chrono::milliseconds>(*parse_duration(text));
          },
          "End the window after this time")
      ->check([](const std::string& text) {
        return parse_duration(text) ? std::string{} : "not a duration (30s, 500ms, 2m): " + text;
      })
      ->type_name("DURATION");
  command.add_option("command", options->command, "Command to run, after --")->type_name("CMD");
}

base::Result<ledger::Report> watch_command(const WindowOptions& options, CommandChild& child, int& status) {
  auto session = Session::start(options.session);
  if (!session) return base::failure(session.error());
  if (auto begun = child.begin(); !begun) return base::failure(begun.error());
  const auto ended = (*session)->watch(options.length, child.pidfd());
  auto report = ended ? (*session)->finish() : base::failure(ended.error());
  // `--for` bounds the window, not the command.
  status = child.wait();
  return report;
}

base::Result<ledger::Report> watch_node(const WindowOptions& options) {
  const auto stop = base::StopSignals::take();
  if (!stop) return base::failure(stop.error());
  auto session = Session::start(options.session);
  if (!session) return base::failure(session.error());
  if (const auto ended = (*session)->watch(options.length, stop->fd()); !ended)
    return base::failure(ended.error());
  return (*session)->finish();
}

int run_window(const WindowOptions& options, bool print) {
  int status = 0;
  base::Result<ledger::Report> report;
  if (options.command.empty()) {
    report = watch_node(options);
  } else {
    auto child = CommandChild::fork_waiting(options.command);
    if (!child) return fail(child.error());
    // As with perf stat, ^C is the command's: we end when it does.
    ::signal(SIGINT, SIG_IGN);
    ::signal(SIGPIPE, SIG_IGN);  // ^C may end a command that has not begun
    report = watch_command(options, *child, status);
  }
  if (!report) return fail(report.error());
  if (!options.json.empty()) {
    if (const auto written = write_report(*report, options.json); !written) return fail(written.error());
  }
  if (print && options.json != "-") print_report(*report, options.session.instances, stdout);
  return status;
}

}  // namespace

void add_stat_command(CLI::App& app, Action& action) {
  CLI::App* stat =
      app.add_subcommand("stat", "Where this node's CPU went while a command ran, or for a time");
  auto options = std::make_shared<WindowOptions>();
  add_window_options(*stat, options);
  stat->callback([options, &action] { action = [options] { return run_window(*options, true); }; });
}

void add_record_command(CLI::App& app, Action& action) {
  CLI::App* record = app.add_subcommand("record", "Keep what was seen, to book it again with `replay`");
  auto options = std::make_shared<WindowOptions>();
  record->add_option("-o,--output", options->session.recording, "The recording")
      ->required()
      ->type_name("FILE");
  record->add_flag("--slices", options->session.slices, "Keep every slice too, to check the tables by");
  add_window_options(*record, options);
  record->callback([options, &action] { action = [options] { return run_window(*options, false); }; });
}

}  // namespace faastax::cli
