// SPDX-License-Identifier: Apache-2.0
#include "collector/events/bearer_token.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "agent/base/testing_folder.hpp"

namespace faastax::collector {
namespace {

using std::chrono::seconds;

constexpr BearerToken::TimePoint kStart{};

class BearerTokenTest : public ::testing::Test {
 protected:
  void write(std::string_view text) { std::ofstream(file_) << text; }

  base::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "token";
};

TEST_F(BearerTokenTest, AdmitsWhoKnowsIt) {
  write("s3cret\n");
  auto token = BearerToken::open(file_).value();
  EXPECT_TRUE(token.admits("Bearer s3cret", kStart));
  EXPECT_TRUE(token.admits("bearer s3cret", kStart));
  for (const auto* wrong : {"", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3cret ", "Bearer s3cret2",
                            "Basic s3cret", "s3cret", "Bearer S3cret"}) {
    EXPECT_FALSE(token.admits(wrong, kStart)) << wrong;
  }
}

TEST_F(BearerTokenTest, AChangedFileCounts) {
  write("old");
  auto token = BearerToken::open(file_).value();
  EXPECT_TRUE(token.admits("Bearer old", kStart + seconds(10)));
  write("new");
  std::filesystem::last_write_time(file_, std::filesystem::file_time_type::clock::now() + seconds(5));
  EXPECT_TRUE(token.admits("Bearer new", kStart + seconds(12)));
  EXPECT_FALSE(token.admits("Bearer old", kStart + seconds(12)));
  write("");
  EXPECT_TRUE(token.admits("Bearer new", kStart + seconds(14)));
}

TEST_F(BearerTokenTest, AFileWithoutATokenIsAnError) {
  write(" \n");
  EXPECT_FALSE(BearerToken::open(file_));
  EXPECT_FALSE(BearerToken::open("/no/such/token"));
}

}  // namespace
}  // namespace faastax::collector
