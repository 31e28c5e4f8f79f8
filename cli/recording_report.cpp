// SPDX-License-Identifier: Apache-2.0
#include "cli/recording_report.hpp"

#include <cerrno>
#include <fstream>

#include "agent/engine/catalog.hpp"
#include "cli/session.hpp"
#include "ledger/ledger.hpp"
#include "ledger/recording.hpp"

namespace faastax::cli {
namespace {

std::string note(const ledger::RecordingHeader& header, const std::string& key) {
  const auto found = header.notes.find(key);
  return found == header.notes.end() ? "" : found->second;
}

}  // namespace

base::Result<ledger::Report> report_of_recording(const std::filesystem::path& recording,
                                                 const rules::Rules& rules) {
  std::ifstream file(recording, std::ios::binary);
  if (!file) return base::failure("cannot read " + recording.string(), errno);
  const auto named = [&recording](const ledger::RecordingError& error) {
    return base::failure(recording.string() + ": " + error.message);
  };
  auto reader = ledger::RecordingReader::open(file);
  if (!reader) return named(reader.error());
  const engine::RulesCatalog catalog(rules);
  ledger::Ledger books(catalog, {.keep_instances = note(reader->header(), "instances") == "1",
                                 .uid_prefix = note(reader->header(), "uid_prefix"),
                                 .timeline = {.most = kTimeline}});
  while (true) {
    const auto input = reader->next();
    if (!input) return named(input.error());
    if (!*input) break;
    books.apply(**input);
  }
  return books.report(reader->header().node);
}

}  // namespace faastax::cli
