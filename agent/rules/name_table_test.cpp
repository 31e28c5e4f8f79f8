// SPDX-License-Identifier: Apache-2.0
#include "agent/rules/name_table.hpp"

#include <gtest/gtest.h>

namespace faastax::rules {
namespace {

TEST(NameTable, WholeNameGoesBeforePrefix) {
  NameTable<int> table;
  table.set("run*", 1);
  table.set("runc", 2);
  table.set("runc-*", 3);
  EXPECT_EQ(*table.find("runc"), 2);
  EXPECT_EQ(*table.find("runsc"), 1);
  EXPECT_EQ(*table.find("runc-shim"), 3);
  EXPECT_EQ(*table.find("runc-"), 3);
  EXPECT_EQ(*table.find("run"), 1);
  EXPECT_EQ(table.find("ru"), nullptr);
  EXPECT_EQ(table.find(""), nullptr);
}

TEST(NameTable, SetReplacesAndEraseForgetsOnlyThatName) {
  NameTable<int> table;
  table.set("a", 1);
  table.set("a*", 2);
  table.set("a", 3);
  EXPECT_EQ(*table.find("a"), 3);
  table.erase("a");
  EXPECT_EQ(*table.find("a"), 2);
  table.erase("a*");
  EXPECT_EQ(table.find("a"), nullptr);
}

}  // namespace
}  // namespace faastax::rules
