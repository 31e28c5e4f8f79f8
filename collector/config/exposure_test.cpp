// SPDX-License-Identifier: Apache-2.0
#include "collector/config/exposure.hpp"

#include <gtest/gtest.h>

namespace faastax::collector {
namespace {

std::string error_of(const CollectorConfig& config) {
  const auto checked = check_exposure(config);
  return checked ? "" : checked.error();
}

TEST(Exposure, ThisMachineAloneNeedsNothing) {
  EXPECT_TRUE(check_exposure({}).value().empty());
  EXPECT_TRUE(check_exposure({.listen = {"::1", 1}, .listen_http = {"127.9.9.9", 2}}).value().empty());
}

TEST(Exposure, ClearTextForOthersIsRefusedUnlessAllowed) {
  EXPECT_NE(error_of({.listen = {"0.0.0.0", 9465}}).find("0.0.0.0:9465"), std::string::npos);
  EXPECT_NE(error_of({.listen_http = {"::", 1}}).find("[::]:1"), std::string::npos);
  const auto allowed = check_exposure({.listen = {"0.0.0.0", 1}, .insecure = true});
  ASSERT_TRUE(allowed);
  EXPECT_EQ(allowed->size(), 2U);  // clear text, and no certificates of agents
}

TEST(Exposure, WarnsOfWhatIsOpen) {
  CollectorConfig config{.listen = {"10.0.0.1", 1}, .listen_http = {"10.0.0.1", 2}};
  config.tls = {.certificate = "c", .key = "k"};
  EXPECT_EQ(check_exposure(config).value().size(), 2U);
  config.tls.client_ca = "ca";
  config.events_token = "t";
  EXPECT_TRUE(check_exposure(config).value().empty());
}

TEST(Exposure, HalfAPairIsRefused) {
  EXPECT_NE(error_of({.tls = {.certificate = "c"}}), "");
  EXPECT_NE(error_of({.tls = {.key = "k"}}), "");
  EXPECT_NE(error_of({.tls = {.client_ca = "ca"}}), "");
}

}  // namespace
}  // namespace faastax::collector
