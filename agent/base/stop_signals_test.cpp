// SPDX-License-Identifier: Apache-2.0
#include "agent/base/stop_signals.hpp"

#include <gtest/gtest.h>
#include <poll.h>

namespace faastax::base {
namespace {

bool is_readable(int fd) {
  pollfd one{fd, POLLIN, 0};
  return ::poll(&one, 1, 0) == 1;
}

TEST(StopSignals, AStopMakesItReadable) {
  const auto signals = StopSignals::take();
  ASSERT_TRUE(signals) << signals.error();
  EXPECT_FALSE(is_readable(signals->fd()));
  ASSERT_EQ(::raise(SIGTERM), 0);
  EXPECT_TRUE(is_readable(signals->fd()));
}

}  // namespace
}  // namespace faastax::base
