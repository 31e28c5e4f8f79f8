// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string_view>

#include "cli/report/input_json.hpp"
#include "tests/fuzz/report_checks.hpp"
#include "tests/fuzz/require.hpp"

/// A report's JSON, as `report --input` reads it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace faastax;
  constexpr std::size_t kPrinted = 16;
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  const auto document = cli::report::document_from_json(json);
  if (!document) {
    fuzz::require_line(document.error());
  } else if (fuzz::is_one_of(json, kPrinted)) {
    fuzz::require_printable(*document);
  }
  return 0;
}
