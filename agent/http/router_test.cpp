// SPDX-License-Identifier: Apache-2.0
#include "agent/http/router.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "agent/http/agent_routes.hpp"
#include "agent/http/endpoint.hpp"

namespace faastax::http {
namespace {

Request get(std::string target) { return {Method::kGet, std::move(target), "127.0.0.1", "test"}; }

TEST(Router, AnswersByPathAndMethod) {
  Router router;
  router.add("/a", [](const Request& request) { return Response{.body = request.target}; });
  EXPECT_EQ(router.answer(get("/a?x=1")).body, "/a?x=1");
  EXPECT_EQ(router.answer(get("/b")).status, 404U);
  EXPECT_EQ(router.answer(get("/a/")).status, 404U);
  const auto refused = router.answer({Method::kOther, "/a", "", ""});
  EXPECT_EQ(refused.status, 405U);
  EXPECT_EQ(refused.allow, "GET, HEAD");
}

TEST(Router, AHandlerThatThrowsIsA500) {
  Router router;
  router.add("/", [](const Request&) -> Response { throw std::runtime_error("no luck"); });
  const auto response = router.answer(get("/"));
  EXPECT_EQ(response.status, 500U);
  EXPECT_EQ(response.body, "no luck\n");
}

TEST(AgentRoutes, HeadIsNoScrape) {
  int scrapes = 0;
  const auto router = agent_routes({.metrics = [&](std::string_view) { return std::to_string(++scrapes); },
                                    .ready = [] { return std::expected<void, std::string>(); }});
  EXPECT_EQ(router.answer({Method::kHead, "/metrics", "", ""}).status, 200U);
  EXPECT_EQ(scrapes, 0);
  EXPECT_EQ(router.answer(get("/metrics")).body, "1");
}

TEST(AgentRoutes, TellScrapersApart) {
  const auto router = agent_routes({.metrics = [](std::string_view scraper) { return std::string(scraper); },
                                    .ready = [] { return std::expected<void, std::string>(); }});
  EXPECT_EQ(router.answer({Method::kGet, "/metrics", "10.0.0.1", "Prometheus/2.42.0"}).body,
            "10.0.0.1 Prometheus/2.42.0");
}

TEST(AgentRoutes, ReadinessHasAReason) {
  std::expected<void, std::string> state = std::unexpected("not attached yet");
  const auto router = agent_routes(
      {.metrics = [](std::string_view) { return std::string(); }, .ready = [&] { return state; }});
  EXPECT_EQ(router.answer(get("/healthz")).status, 200U);
  EXPECT_EQ(router.answer(get("/readyz")).status, 503U);
  EXPECT_EQ(router.answer(get("/readyz")).body, "not attached yet\n");
  state = {};
  EXPECT_EQ(router.answer(get("/readyz")).status, 200U);
}

TEST(Endpoint, IsAddressAndPort) {
  EXPECT_EQ(parse_endpoint("0.0.0.0:80"), (Endpoint{"0.0.0.0", 80}));
  EXPECT_EQ(parse_endpoint("[::1]:9464"), (Endpoint{"::1", 9464}));
  EXPECT_EQ(to_string({"::1", 9464}), "[::1]:9464");
  EXPECT_EQ(to_string({}), "127.0.0.1:9464");
  for (const auto* wrong : {"", "9464", "localhost:9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                            "::1:9464", "[127.0.0.1]:1", "127.0.0.1:x", ":9464", "127.0.0.1:-1"}) {
    EXPECT_FALSE(parse_endpoint(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace faastax::http
