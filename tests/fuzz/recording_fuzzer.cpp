// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <sstream>
#include <string>

#include "agent/engine/catalog.hpp"
#include "agent/rules/rules_parser.hpp"
#include "ledger/ledger.hpp"
#include "ledger/recording.hpp"
#include "tests/fuzz/report_checks.hpp"
#include "tests/fuzz/require.hpp"

/// A recording, booked again as `faastax replay` does.
namespace faastax::fuzz {
namespace {

void fuzz(const std::string& text) {
  static const rules::Rules rules = rules::default_rules().value();
  static const engine::RulesCatalog catalog(rules);
  std::istringstream stream(text);
  auto reader = ledger::RecordingReader::open(stream);
  if (!reader) return require_line(reader.error().message);
  ledger::Ledger books(catalog, {.keep_instances = true, .uid_prefix = "", .timeline = {.most = 10}});
  while (true) {
    const auto input = reader->next();
    if (!input) return require_line(input.error().message);
    if (!*input) break;
    const std::string line = ledger::encode(**input);
    const auto again = ledger::decode(line);
    require(again && ledger::encode(*again) == line, "an input is read back", line);
    books.apply(**input);
  }
  constexpr std::size_t kPrinted = 16;
  if (is_one_of(text, kPrinted)) require_printable({.report = books.report(reader->header().node)});
}

}  // namespace
}  // namespace faastax::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  faastax::fuzz::fuzz(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
