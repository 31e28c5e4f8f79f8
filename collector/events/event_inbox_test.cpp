// SPDX-License-Identifier: Apache-2.0
#include "collector/events/event_inbox.hpp"

#include <gtest/gtest.h>

namespace faastax::collector {
namespace {

TEST(EventInbox, DeliveriesHaveNames) {
  EXPECT_EQ(name_of(Delivery::kStored), "stored");
  EXPECT_EQ(name_of(Delivery::kDeferred), "deferred");
}

}  // namespace
}  // namespace faastax::collector
