// SPDX-License-Identifier: Apache-2.0
#include "controlplane/gateway/function_load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "controlplane/gateway/counters.hpp"

namespace faastax::gateway {
namespace {

using testing::HasSubstr;

TEST(FunctionLoad, IsExposedByFunctionAndTrack) {
  const std::string text = exposition(
      {{"lab", "f1", 2, 3, {{"regular", 4, 5}, {"emergency", 1, 7}}}, {"", "", 0, 0, {{"unknown", 1, 0}}}});
  EXPECT_THAT(text, HasSubstr("faastax_gateway_function_in_flight{namespace=\"lab\",function=\"f1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("faastax_gateway_function_waiting{namespace=\"lab\",function=\"f1\"} 3\n"));
  EXPECT_THAT(
      text, HasSubstr("faastax_gateway_instances{namespace=\"lab\",function=\"f1\",track=\"regular\"} 4\n"));
  EXPECT_THAT(
      text,
      HasSubstr(
          "faastax_gateway_decisions_total{namespace=\"lab\",function=\"f1\",track=\"emergency\"} 7\n"));
  EXPECT_THAT(text,
              HasSubstr("faastax_gateway_instances{namespace=\"\",function=\"\",track=\"unknown\"} 1\n"));
}

TEST(FunctionLoad, NamesCannotBreakTheFormat) {
  EXPECT_THAT(exposition({{"a\"b", "c\\d\ne", 0, 0, {}}}),
              HasSubstr(R"({namespace="a\"b",function="c\\d\ne"} 0)"));
}

TEST(GatewayMetrics, AllAreDocumented) {
  std::stringstream document;
  document << std::ifstream(FAASTAX_SOURCE_DIR "/docs/gateway.md").rdbuf();
  std::istringstream lines(exposition(Counters{}, Clock::now()) + exposition({}));
  int metrics = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string hash, type, name, kind;
    words >> hash >> type >> name >> kind;
    if (type != "TYPE") continue;
    EXPECT_THAT(document.str(), HasSubstr("| `" + name + "` | " + kind + " |"));
    ++metrics;
  }
  EXPECT_EQ(metrics, 10);
}

}  // namespace
}  // namespace faastax::gateway
