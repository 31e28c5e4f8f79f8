// SPDX-License-Identifier: Apache-2.0
#include "ledger/report_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "ledger/report_schema.hpp"
#include "ledger/testdata/golden.hpp"
#include "ledger/testdata/sample_report.hpp"

namespace faastax::ledger {
namespace {

using nlohmann::ordered_json;
using testdata::empty_report;
using testdata::sample_report;
using ::testing::HasSubstr;

std::string error_of(const std::string& text) {
  const auto report = report_from_json(text);
  return report ? "no error" : report.error();
}

TEST(ReportJson, MatchesItsGolden) {
  testdata::expect_golden("report_full.json", to_json(sample_report()));
  testdata::expect_golden("report_empty.json", to_json(empty_report()));
}

TEST(ReportJson, FieldsStandInTheContractsOrder) {
  const auto json = ordered_json::parse(to_json(sample_report()));
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  EXPECT_THAT(keys, testing::ElementsAre("schema", "window", "node", "cpu", "memory", "ratios", "instances",
                                         "requests", "timeline", "functions", "instances_detail", "bpf",
                                         "scaling", "lost"));
}

TEST(ReportJson, WhatIsUnknownIsNullOrLeftOut) {
  const auto json = ordered_json::parse(to_json(empty_report()));
  EXPECT_TRUE(json["ratios"]["churn_ratio"].is_null());
  EXPECT_TRUE(json["memory"]["dying_cgroups"].is_null());
  EXPECT_TRUE(json["cpu"]["by_activity"]["create"]["cycles"].is_null());
  EXPECT_TRUE(json["scaling"].is_null());
  EXPECT_TRUE(json["instances"]["cold_start_seconds"].empty());
  EXPECT_TRUE(json["requests"]["seconds"].empty());
  EXPECT_FALSE(json.contains("instances_detail"));
}

TEST(ReportJson, NumbersAreRoundedAndNeverNegativeZero) {
  Report report = empty_report();
  report.idle_seconds = 0.1 + 0.2;
  report.residual_seconds = -1e-12;
  report.steal_seconds = 1.0 / 3;
  const auto json = to_json(report);
  EXPECT_THAT(json, HasSubstr("\"idle_seconds\": 0.3,"));
  EXPECT_THAT(json, HasSubstr("\"residual_seconds\": 0.0,"));
  EXPECT_THAT(json, HasSubstr("\"steal_seconds\": 0.333333333,"));
}

TEST(ReportJson, ReadingAndWritingAgainGivesTheSameBytes) {
  for (const auto& report : {sample_report(), empty_report()}) {
    const auto text = to_json(report);
    const auto read = report_from_json(text);
    ASSERT_TRUE(read.has_value()) << read.error();
    EXPECT_EQ(to_json(*read), text);
  }
}

TEST(ReportJson, RoundTripIsStableForAnyMagnitude) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(-12, 17);
  for (int i = 0; i < 2000; ++i) {
    Report report = empty_report();
    report.busy_seconds = std::pow(10, exponent(random));
    report.memory.overhead_byte_seconds = std::pow(10, exponent(random));
    report.by_activity[0].cycles = std::pow(10, exponent(random));
    const auto text = to_json(report);
    ASSERT_EQ(to_json(report_from_json(text).value()), text);
  }
}

TEST(ReportJson, KeepsLargeCountsExactly) {
  Report report = empty_report();
  report.started = std::numeric_limits<std::uint64_t>::max();
  report.requests_completed = (1ULL << 53) + 1;
  const auto read = report_from_json(to_json(report));
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ(read->started, report.started);
  EXPECT_EQ(read->requests_completed, report.requests_completed);
}

TEST(ReportJson, ShowsUnusualActivitiesOfAFunctionRatherThanDropThem) {
  Report report = empty_report();
  report.functions.emplace_back().cpu_seconds[index_of(Activity::kOther)] = 0.5;
  const auto read = report_from_json(to_json(report));
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_DOUBLE_EQ(read->functions[0].cpu_seconds[index_of(Activity::kOther)], 0.5);
}

TEST(ReportJson, BytesThatAreNotUtf8BecomeAReplacement) {
  Report report = empty_report();
  report.by_component.push_back({"bad\xff", Activity::kOther, 1, 0});
  const auto read = report_from_json(to_json(report));
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ(read->by_component[0].component, "bad\xef\xbf\xbd");
}

TEST(ReportJson, ErrorsNameTheField) {
  const auto text = to_json(sample_report());
  EXPECT_THAT(error_of(""), HasSubstr("not a JSON object"));
  EXPECT_THAT(error_of("[]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(error_of("{}"), HasSubstr("schema is missing"));
  EXPECT_THAT(error_of(testdata::replaced(text, "report.v1", "report.v2")), HasSubstr("faastax.report.v2"));
  EXPECT_THAT(error_of(testdata::replaced(text, "\"idle_seconds\": 14.1", "\"idle_seconds\": \"x\"")),
              HasSubstr("cpu.idle_seconds must be a number"));
  EXPECT_THAT(error_of(testdata::replaced(text, "\"cpus\": 2", "\"cpus\": 4294967296")),
              HasSubstr("node.cpus is too large"));
  EXPECT_THAT(error_of(testdata::replaced(text, "\"cpus\": 2", "\"cpus\": -2")),
              HasSubstr("node.cpus must be"));
  EXPECT_THAT(error_of(testdata::replaced(text, "\"started\": 9", "\"begun\": 9")),
              HasSubstr("functions[0].started is missing"));
  EXPECT_THAT(error_of(testdata::replaced(text, "\"track\": \"regular\"", "\"track\": \"fast\"")),
              HasSubstr("functions[0].track has the unknown value \"fast\""));
  EXPECT_THAT(error_of(testdata::replaced(text, "\"track\": \"regular\"", "\"track\": \"a\\nb\"")),
              HasSubstr("functions[0].track has the unknown value \"a?b\""));
  EXPECT_THAT(error_of(testdata::replaced(text, "report.v1", "\\u001b")), HasSubstr("\"faastax.?\""));
  EXPECT_THAT(error_of(testdata::replaced(text, "\"handle\": 2.25", "\"sleep\": 2.25")),
              HasSubstr("functions[0].cpu_seconds.sleep is unknown"));
}

TEST(ReportJson, IgnoresFieldsOfLaterVersions) {
  const auto text =
      testdata::replaced(to_json(sample_report()), "\"cpus\": 2", "\"sockets\": [1], \"cpus\": 2");
  const auto read = report_from_json(text);
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ(to_json(*read), to_json(sample_report()));
}

/// The published schema beside what is written.
class Schema {
 public:
  const ordered_json& root() const { return root_; }

  /// Expects each field of `json` to be in the schema, of the type that it says, and each field that the
  /// schema requires to be in `json`.
  void expect_described(const ordered_json& json, const ordered_json& part) {
    if (part.contains("anyOf") && json.is_null()) return;
    const ordered_json& schema = resolved(part);
    EXPECT_TRUE(!schema.contains("type") || is_of(json, schema["type"]))
        << json << " is no " << schema["type"];
    if (json.is_array()) {
      for (const auto& item : json) expect_described(item, schema.at("items"));
    }
    if (!json.is_object() || schema.contains("additionalProperties")) return;
    for (const auto& [key, value] : json.items()) {
      ASSERT_TRUE(schema.at("properties").contains(key)) << key << " is not in the schema";
      seen_.insert(&schema["properties"][key]);
      expect_described(value, schema["properties"][key]);
    }
    for (const std::string key : schema.at("required")) EXPECT_TRUE(json.contains(key)) << key;
  }

  /// Fields of `part` that were in nothing that was described.
  std::vector<std::string> unseen(const ordered_json& part) const {
    std::vector<std::string> names;
    const auto add = [&](const ordered_json& below) {
      for (std::string& name : unseen(below)) names.push_back(std::move(name));
    };
    if (part.contains("properties")) {
      for (const auto& [key, field] : part["properties"].items()) {
        if (!seen_.contains(&field)) names.push_back(key);
        if (seen_.contains(&field)) add(field);
      }
    }
    if (part.contains("items")) add(part["items"]);
    if (part.contains("$defs")) {
      for (const auto& one : part["$defs"]) add(one);
    }
    return names;
  }

 private:
  const ordered_json& resolved(const ordered_json& part) const {
    if (part.contains("anyOf")) return resolved(part["anyOf"][0]);
    if (!part.contains("$ref")) return part;
    return root_.at(ordered_json::json_pointer(part["$ref"].get<std::string>().substr(1)));
  }

  static bool is_of(const ordered_json& json, const ordered_json& type) {
    if (type.is_array())
      return std::ranges::any_of(type, [&json](const auto& one) { return is_of(json, one); });
    if (type == "number") return json.is_number();
    if (type == "integer") return json.is_number_integer();
    return type == json.type_name();
  }

  ordered_json root_ = ordered_json::parse(report_schema());
  std::set<const ordered_json*> seen_;
};

TEST(ReportJson, IsDescribedByItsSchema) {
  Schema schema;
  for (const auto& report : {sample_report(), empty_report()})
    schema.expect_described(ordered_json::parse(to_json(report)), schema.root());
  // Of `faastax report` alone, with what is in a division and its rows: cli/report/formats_test.cpp.
  std::vector<std::string> others = {"by", "notes"};
  for (const char* of : {"division", "division_row"}) {
    for (const auto& [key, field] : schema.root().at("$defs").at(of).at("properties").items())
      others.push_back(key);
  }
  EXPECT_THAT(schema.unseen(schema.root()), ::testing::UnorderedElementsAreArray(others));
}

TEST(ReportJson, ItsSchemaIsThePublishedOne) {
  std::ifstream file(std::filesystem::path(FAASTAX_SOURCE_DIR) / "docs" / "report.schema.json");
  const std::string published((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_EQ(published, report_schema()) << "run faastax-report-schema > docs/report.schema.json";
}

TEST(ReportJson, MutatedDocumentsNeverCrash) {
  const auto text = to_json(sample_report());
  std::mt19937 random(2);
  std::uniform_int_distribution<std::size_t> position(0, text.size() - 1);
  std::uniform_int_distribution<int> byte(0, 255);
  for (int i = 0; i < 500; ++i) {
    std::string mutated = text;
    for (int j = 0; j < 3; ++j) mutated[position(random)] = static_cast<char>(byte(random));
    if (i % 5 == 0) mutated.resize(position(random));
    if (const auto read = report_from_json(mutated)) {
      EXPECT_FALSE(to_json(*read).empty());
    }
  }
}

}  // namespace
}  // namespace faastax::ledger
