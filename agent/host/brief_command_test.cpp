// SPDX-License-Identifier: Apache-2.0
#include "agent/host/brief_command.hpp"

#include <gtest/gtest.h>

namespace faastax::host {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(BriefCommand, OutputOfASuccess) {
  EXPECT_EQ(run_briefly({"printf", "a\nb"}, seconds(5)).value(), "a\nb");
}

TEST(BriefCommand, MuchOutputIsCut) {
  EXPECT_EQ(run_briefly({"head", "-c", "300000", "/dev/zero"}, seconds(5)).value().size(), 65536U);
}

TEST(BriefCommand, Failures) {
  EXPECT_EQ(run_briefly({}, seconds(1)).error(), "no command");
  EXPECT_EQ(run_briefly({"no-such-program"}, seconds(1)).error(),
            "no-such-program: No such file or directory");
  EXPECT_EQ(run_briefly({"false"}, seconds(5)).error(), "false: failed");
}

TEST(BriefCommand, WhoHangsIsKilled) {
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(run_briefly({"sleep", "30"}, milliseconds(100)).error(), "sleep: no answer in time");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(5));
}

}  // namespace
}  // namespace faastax::host
