// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/report_checks.hpp"

#include <algorithm>
#include <functional>
#include <string>

#include "cli/report/division.hpp"
#include "cli/report/formats.hpp"
#include "cli/report/input_json.hpp"
#include "cli/report/page.hpp"
#include "ledger/report_json.hpp"
#include "ledger/report_text.hpp"
#include "tests/fuzz/require.hpp"

namespace faastax::fuzz {
namespace {

using cli::report::Dimension;
using cli::report::Division;
using cli::report::Document;

/// The page alone takes longer than all else.
constexpr std::size_t kPages = 8;

void require_lines(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  require(!has_control(text), "lines for a terminal have no control characters", text);
}

void print(const Document& document, const std::optional<Division>& division) {
  require_lines(cli::report::to_text(document, division, {.instances = true}));
  static_cast<void>(cli::report::to_json(document, division));
  if (division) static_cast<void>(cli::report::to_csv(*division));
}

}  // namespace

bool is_one_of(std::string_view input, std::size_t many) {
  return std::hash<std::string_view>{}(input) % many == 0;
}

void require_printable(const Document& document) {
  print(document, std::nullopt);
  for (std::size_t i = 0; i < cli::report::kDimensionNames.size(); ++i) {
    const auto division = cli::report::divide(document, static_cast<Dimension>(i));
    if (division) {
      print(document, *division);
    } else {
      require_line(division.error());
    }
  }
  const std::string json = ledger::to_json(document.report);
  const auto again = cli::report::document_from_json(json);
  require(again.has_value(), "a report's JSON is read back", again ? json : again.error() + "\n" + json);
  require(ledger::to_json(again->report) == json, "a report's JSON is written the same again", json);
  if (json.size() % kPages == 0) static_cast<void>(cli::report::to_html(document, std::nullopt));
}

}  // namespace faastax::fuzz
