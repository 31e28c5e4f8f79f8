// SPDX-License-Identifier: Apache-2.0
#include "controlplane/events/collector_url.hpp"

#include <gtest/gtest.h>

namespace faastax::events {
namespace {

TEST(CollectorUrl, IsRead) {
  EXPECT_EQ(parse_collector_url("http://127.0.0.1:8080").value(),
            (CollectorUrl{"127.0.0.1", "8080", "/v1/events"}));
  EXPECT_EQ(parse_collector_url("http://collector").value(), (CollectorUrl{"collector", "80", "/v1/events"}));
  EXPECT_EQ(parse_collector_url("http://collector:9/").value(),
            (CollectorUrl{"collector", "9", "/v1/events"}));
  EXPECT_EQ(parse_collector_url("http://[::1]:9/own/path").value(), (CollectorUrl{"::1", "9", "/own/path"}));
  EXPECT_EQ(parse_collector_url("http://[::1]").value(), (CollectorUrl{"::1", "80", "/v1/events"}));
}

TEST(CollectorUrl, RefusesWhatIsNone) {
  for (const char* url : {"", "127.0.0.1:8080", "https://h:1", "http://", "http://:80",
                          "http://h:", "http://h:x", "http://h:70000", "http://[::1", "http://[]:1",
                          "http://[::1]9", "http://a b", "http://h:1\r\nX: y", "http://user@h:1"}) {
    EXPECT_FALSE(parse_collector_url(url)) << url;
  }
  EXPECT_EQ(parse_collector_url("ftp://h").error(), "not a collector's URL (http://HOST:PORT): ftp://h");
}

}  // namespace
}  // namespace faastax::events
