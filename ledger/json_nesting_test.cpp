// SPDX-License-Identifier: Apache-2.0
#include "ledger/json_nesting.hpp"

#include <gtest/gtest.h>

#include <string>

namespace faastax::ledger {
namespace {

TEST(JsonNesting, CountsWhatIsOpen) {
  const std::string most(kMostNesting, '[');
  EXPECT_FALSE(is_nested_too_deep(most));
  EXPECT_TRUE(is_nested_too_deep(most + "{"));
  EXPECT_FALSE(is_nested_too_deep(most + "]{}[]"));
  std::string flat;
  for (int i = 0; i < 1000; ++i) flat += "[{}],";
  EXPECT_FALSE(is_nested_too_deep(flat));
  EXPECT_TRUE(is_nested_too_deep("]]]" + most + "["));
}

TEST(JsonNesting, BracketsInTextDoNotCount) {
  const std::string many(1000, '[');
  EXPECT_FALSE(is_nested_too_deep("[\"" + many + "\"]"));
  EXPECT_FALSE(is_nested_too_deep("[\"\\\"" + many + "\"]"));
  EXPECT_TRUE(is_nested_too_deep("[\"\\\\\"," + many));
}

}  // namespace
}  // namespace faastax::ledger
