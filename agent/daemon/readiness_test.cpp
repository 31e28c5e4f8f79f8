// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/readiness.hpp"

#include <gtest/gtest.h>

namespace faastax::daemon {
namespace {

TEST(Readiness, SaysWhyNotUntilItIs) {
  Readiness readiness("attaching");
  ASSERT_FALSE(readiness.state());
  EXPECT_EQ(readiness.state().error(), "attaching");
  readiness.set_ready();
  EXPECT_TRUE(readiness.state());
  readiness.set_problem("cannot read");
  ASSERT_FALSE(readiness.state());
  EXPECT_EQ(readiness.state().error(), "cannot read");
}

}  // namespace
}  // namespace faastax::daemon
