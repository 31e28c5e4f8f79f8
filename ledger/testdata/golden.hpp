// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace faastax::ledger::testdata {

/// Expects `text` to be the content of ledger/testdata/<name>. With FAASTAX_UPDATE_GOLDENS set in the
/// environment it writes that file instead, for a person to look at the difference.
inline void expect_golden(const std::string& name, const std::string& text) {
  const auto path = std::filesystem::path(FAASTAX_SOURCE_DIR) / "ledger" / "testdata" / name;
  if (std::getenv("FAASTAX_UPDATE_GOLDENS") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << path;
  const std::string golden{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(text, golden) << "differs from " << path;
}

/// `text` with the first `from` replaced by `to`; fails the test if there is none.
inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

}  // namespace faastax::ledger::testdata
