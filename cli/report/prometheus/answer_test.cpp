// SPDX-License-Identifier: Apache-2.0
#include "cli/report/prometheus/answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "cli/report/prometheus/client.hpp"

namespace faastax::cli::prometheus {
namespace {

using ::testing::HasSubstr;

const std::string kVector =
    R"({"status":"success","data":{"resultType":"vector","result":[)"
    R"({"metric":{"activity":"create","evidence":"direct"},"value":[1767225600.5,"1.25"]},)"
    R"({"metric":{},"value":[1767225600,"NaN"]},)"
    R"({"metric":{"le":"+Inf"},"value":[1767225600,"3"]}]}})";
const std::string kMatrix =
    R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{"state":"idle"},)"
    R"("values":[[10,"1"],[11.5,"2e3"],[12,"NaN"]]}]}})";

TEST(Answer, OfAnInstantQuery) {
  const auto samples = parse_vector(200, kVector);
  ASSERT_TRUE(samples) << samples.error();
  ASSERT_EQ(samples->size(), 2u) << "NaN is no number";
  EXPECT_EQ((*samples)[0].label("activity"), "create");
  EXPECT_EQ((*samples)[0].label("component"), "");
  EXPECT_DOUBLE_EQ((*samples)[0].value, 1.25);
}

TEST(Answer, OfARangeQuery) {
  const auto series = parse_matrix(200, kMatrix);
  ASSERT_TRUE(series) << series.error();
  ASSERT_EQ(series->size(), 1u);
  EXPECT_EQ(series->at(0).points, (std::vector<std::pair<double, double>>{{10, 1}, {11.5, 2000}}));
}

TEST(Answer, TheServersOwnWordsAreTheError) {
  const std::string body = R"({"status":"error","errorType":"bad_data","error":"parse error:\nunexpected"})";
  EXPECT_EQ(parse_vector(400, body).error(), "parse error: unexpected");
  EXPECT_EQ(parse_vector(502, "<html>").error(), "answers with HTTP status 502");
  EXPECT_EQ(parse_vector(200, R"({"error":")" + std::string(5000, 'x') + "\"}").error().size(), 300u);
}

TEST(Answer, WhatIsNotTheApiIsSaid) {
  for (
      const char* body :
      {"", "[]", "{}", "<html>", R"({"status":"success"})", R"({"status":"success","data":[]})",
       R"({"status":"success","data":{"resultType":"scalar","result":[1,"2"]}})",
       R"({"status":"success","data":{"resultType":"vector","result":[1]}})",
       R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":1},"value":[1,"2"]}]}})",
       R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1]}]}})"}) {
    EXPECT_THAT(parse_vector(200, body).error(), HasSubstr("not an answer of Prometheus")) << body;
  }
  EXPECT_FALSE(parse_matrix(200, kVector));
  EXPECT_FALSE(parse_vector(200, kMatrix));
}

TEST(Answer, WhatCannotBeMeasuredIsRefused) {
  const auto vector = [](const std::string& value) {
    return R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,")" +
           value + "\"]}]}}";
  };
  EXPECT_THAT(parse_vector(200, vector("1e300")).error(), HasSubstr("larger than anything"));
  EXPECT_THAT(parse_vector(200, vector("-1e31")).error(), HasSubstr("larger than anything"));
  EXPECT_TRUE(parse_vector(200, vector("1e30")));
  EXPECT_FALSE(parse_matrix(200, R"({"status":"success","data":{"resultType":"matrix","result":[)"
                                 R"({"metric":{},"values":[[1,"1e300"]]}]}})"));
}

TEST(Answer, DeepNestingIsRefused) {
  const std::string deep(1'000'000, '[');
  const std::string end(deep.size(), ']');
  EXPECT_THAT(parse_vector(200, deep + end).error(), HasSubstr("not an answer of Prometheus"));
  const std::string within =
      R"({"status":"success","data":{"resultType":"vector","result":[)" + deep + end + "]}}";
  EXPECT_THAT(parse_vector(200, within).error(), HasSubstr("not an answer of Prometheus"));
  EXPECT_FALSE(parse_matrix(200, within));
}

/// FAASTAX_FULL=1 makes it a million.
TEST(Answer, MutatedAnswersNeverCrash) {
  const char* full = std::getenv("FAASTAX_FULL");
  const int rounds = full != nullptr && std::string(full) == "1" ? 1'000'000 : 20'000;
  std::mt19937 random(3);
  for (int i = 0; i < rounds; ++i) {
    std::string body = i % 2 == 0 ? kVector : kMatrix;
    for (int j = 0; j < 1 + i % 4; ++j) {
      const std::size_t at = random() % body.size();
      if (random() % 3 == 0) {
        body.erase(at, random() % 9);
      } else {
        body[at] = static_cast<char>(random() % 256);
      }
      if (body.empty()) body = " ";
    }
    const auto samples = parse_vector(200, body);
    const auto series = parse_matrix(200, body);
    EXPECT_TRUE(samples || !samples.error().empty());
    EXPECT_TRUE(series || !series.error().contains('\n'));
  }
}

TEST(Client, ExpressionsAreEncoded) {
  EXPECT_EQ(percent_encoded("sum by (a) (x{b=\"c\"}[5m] + 1)"),
            "sum%20by%20%28a%29%20%28x%7Bb%3D%22c%22%7D%5B5m%5D%20%2B%201%29");
  EXPECT_EQ(percent_encoded("a-b._~9"), "a-b._~9");
  EXPECT_EQ(percent_encoded("\xc3\xa4"), "%C3%A4");
}

}  // namespace
}  // namespace faastax::cli::prometheus
