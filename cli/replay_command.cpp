// SPDX-License-Identifier: Apache-2.0
#include "cli/replay_command.hpp"

#include <memory>

#include "cli/recording_report.hpp"
#include "cli/report_output.hpp"
#include "cli/session.hpp"

namespace faastax::cli {
namespace {

struct ReplayOptions {
  std::filesystem::path recording;
  std::filesystem::path rules_file;
  std::filesystem::path json;
};

int replay(const ReplayOptions& options) {
  const auto rules = read_rules(options.rules_file);
  if (!rules) return fail(rules.error());
  const auto report = report_of_recording(options.recording, *rules);
  if (!report) return fail(report.error());
  if (!options.json.empty()) {
    if (const auto written = write_report(*report, options.json); !written) return fail(written.error());
  }
  if (options.json != "-") print_report(*report, report->instances.has_value(), stdout);
  return 0;
}

}  // namespace

void add_replay_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("replay", "The report of a recording");
  auto options = std::make_shared<ReplayOptions>();
  command->add_option("recording", options->recording, "What `record -o` wrote")
      ->required()
      ->type_name("FILE");
  command->add_option("--rules", options->rules_file, "Rules laid over the built-in ones")
      ->check(CLI::ExistingFile)
      ->type_name("FILE");
  command->add_option("--json", options->json, "Write the report as JSON; - is standard output")
      ->type_name("FILE");
  command->callback([options, &action] { action = [options] { return replay(*options); }; });
}

}  // namespace faastax::cli
