// SPDX-License-Identifier: Apache-2.0
#include "cli/replay_command.hpp"

#include <cerrno>
#include <fstream>
#include <memory>

#include "agent/engine/catalog.hpp"
#include "cli/report_output.hpp"
#include "cli/session.hpp"
#include "ledger/ledger.hpp"
#include "ledger/recording.hpp"

namespace faastax::cli {
namespace {

struct ReplayOptions {
  std::filesystem::path recording;
  std::filesystem::path rules_file;
  std::filesystem::path json;
};

std::string note(const ledger::RecordingHeader& header, const std::string& key) {
  const auto found = header.notes.find(key);
  return found == header.notes.end() ? "" : found->second;
}

int replay(const ReplayOptions& options) {
  const auto rules = read_rules(options.rules_file);
  if (!rules) return fail(rules.error());
  std::ifstream file(options.recording, std::ios::binary);
  if (!file) return fail("cannot read " + options.recording.string() + ": " + std::strerror(errno));
  const auto named = [&options](const ledger::RecordingError& error) {
    return fail(options.recording.string() + ": " + error.message);
  };
  auto reader = ledger::RecordingReader::open(file);
  if (!reader) return named(reader.error());
  const engine::RulesCatalog catalog(*rules);
  const bool instances = note(reader->header(), "instances") == "1";
  ledger::Ledger books(catalog,
                       {.keep_instances = instances, .uid_prefix = note(reader->header(), "uid_prefix")});
  while (true) {
    const auto input = reader->next();
    if (!input) return named(input.error());
    if (!*input) break;
    books.apply(**input);
  }
  const ledger::Report report = books.report(reader->header().node);
  if (!options.json.empty()) {
    if (const auto written = write_report(report, options.json); !written) return fail(written.error());
  }
  if (options.json != "-") print_report(report, instances, stdout);
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
