// SPDX-License-Identifier: Apache-2.0
#include "controlplane/sandbox/state_folder.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "controlplane/sandbox/files.hpp"

namespace faastax::sandbox {
namespace {

namespace fs = std::filesystem;

class StateFolderTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(top_); }
  void TearDown() override { fs::remove_all(top_); }
  fs::path top_ = fs::temp_directory_path() / ("faastax-state-" + std::to_string(getpid()));
};

TEST_F(StateFolderTest, IsMadeAndGoesWithAllThatIsInIt) {
  const fs::path path = top_ / "a/b";
  {
    const auto folder = StateFolder::open(path);
    ASSERT_TRUE(folder) << folder.error();
    fs::create_directories(path / "deep/er");
    ASSERT_TRUE(write_file(path / "deep/er/file", "x"));
  }
  EXPECT_FALSE(fs::exists(path));
  EXPECT_TRUE(fs::exists(top_ / "a"));
}

TEST_F(StateFolderTest, OfSomebodyElseIsRefusedAndLeftAlone) {
  ASSERT_TRUE(write_file(top_ / "precious", "x"));
  const auto folder = StateFolder::open(top_);
  ASSERT_FALSE(folder);
  EXPECT_NE(folder.error().find("not empty"), std::string::npos);
  EXPECT_TRUE(fs::exists(top_ / "precious"));
  EXPECT_EQ(std::distance(fs::directory_iterator(top_), fs::directory_iterator()), 1);
}

TEST_F(StateFolderTest, OfOneThatLivesIsRefused) {
  const auto folder = StateFolder::open(top_);
  ASSERT_TRUE(folder);
  EXPECT_FALSE(StateFolder::open(top_));
  EXPECT_TRUE(fs::exists(top_));
}

TEST_F(StateFolderTest, OfOneThatDiedIsTakenOverAndCleared) {
  ASSERT_TRUE(write_file(top_ / ".faastax-state", ""));
  ASSERT_TRUE(write_file(top_ / "left", "x"));
  const auto folder = StateFolder::open(top_);
  ASSERT_TRUE(folder) << folder.error();
  folder->clear();
  EXPECT_FALSE(fs::exists(top_ / "left"));
  EXPECT_FALSE(StateFolder::open(top_));
}

}  // namespace
}  // namespace faastax::sandbox
