// SPDX-License-Identifier: Apache-2.0
#include "cli/report/formats.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "cli/report/input_json.hpp"
#include "ledger/report_json.hpp"
#include "ledger/testdata/sample_report.hpp"

namespace faastax::cli::report {
namespace {

using nlohmann::ordered_json;
using ::testing::HasSubstr;

Document full_document() { return {.report = ledger::testdata::sample_report()}; }

std::vector<std::vector<std::string>> cells_of(const std::string& csv) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(csv);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_EQ(line.back(), '\r');
    line.pop_back();
    std::istringstream fields(line + ",");
    rows.emplace_back();
    for (std::string field; std::getline(fields, field, ',');) rows.back().push_back(field);
  }
  return rows;
}

TEST(Csv, EveryColumnAddsUp) {
  const auto division = divide(full_document(), Dimension::kTrack);
  const auto rows = cells_of(to_csv(*division));
  ASSERT_EQ(rows.size(), division->rows.size() + 1);
  EXPECT_EQ(rows[0][0], "track");
  EXPECT_EQ(rows[0][1], "create_seconds");
  for (const auto& row : rows) EXPECT_EQ(row.size(), rows[0].size());
  for (std::size_t i = 0; i < ledger::kActivities; ++i) {
    double sum = 0;
    for (std::size_t row = 1; row < rows.size(); ++row) sum += std::stod(rows[row][1 + i]);
    EXPECT_NEAR(sum, full_document().report.by_activity[i].seconds, 1e-8);
  }
}

TEST(Csv, NamesCannotBreakALineOrBecomeAFormula) {
  Division division{Dimension::kComponent,
                    {Row{.name = "a,\"b\"\n"}, Row{.name = "=HYPERLINK(1)"}, Row{.name = "plain"}}};
  const std::string csv = to_csv(division);
  EXPECT_THAT(csv, HasSubstr("\r\n\"a,\"\"b\"\"\n\",0."));
  EXPECT_THAT(csv, HasSubstr("\r\n'=HYPERLINK(1),0."));
  EXPECT_THAT(csv, HasSubstr("\r\nplain,0."));
  EXPECT_THAT(to_csv({Dimension::kFunction, {}}), HasSubstr("namespace,function,create_seconds,"));
}

TEST(Json, IsTheReportAndTheDivision) {
  const auto division = divide(full_document(), Dimension::kComponent);
  const auto json = ordered_json::parse(to_json(full_document(), *division));
  const auto plain = ordered_json::parse(ledger::to_json(full_document().report));
  for (const auto& [key, value] : plain.items()) EXPECT_EQ(json[key], value) << key;
  EXPECT_EQ(json["by"]["dimension"], "component");
  EXPECT_EQ(json["by"]["rows"].size(), division->rows.size());
  double teardown = 0;
  for (const auto& row : json["by"]["rows"]) teardown += row["cpu_seconds"]["teardown"].get<double>();
  EXPECT_NEAR(teardown, 1.25, 1e-8);
  EXPECT_EQ(to_json(full_document(), std::nullopt), ledger::to_json(full_document().report));
}

TEST(Json, CanBeReadAgain) {
  Document document = full_document();
  document.notes = {"a note"};
  const auto read = document_from_json(to_json(document, std::nullopt));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(to_json(*read, std::nullopt), to_json(document, std::nullopt));
}

TEST(Json, OfALabHasItsPolicy) {
  ordered_json lab;
  lab["lab"] = {{"policy", "sync:60s"}};
  lab["report"] = ordered_json::parse(ledger::to_json(full_document().report));
  const auto document = document_from_json(lab.dump());
  ASSERT_TRUE(document) << document.error();
  ASSERT_TRUE(document->policies.has_value());
  EXPECT_EQ(document->policies->at(0).name, "sync:60s");
  EXPECT_EQ(document->policies->at(0).started, 12u) << "of the functions in the lab's namespace";
  EXPECT_EQ(document->policies->at(0).requests, 420u);
}

TEST(Json, ErrorsSayWhatTheFileIs) {
  const auto error = [](const std::string& text) { return document_from_json(text).error(); };
  EXPECT_THAT(error("x"), HasSubstr("neither a report nor a recording"));
  EXPECT_THAT(error("[1]"), HasSubstr("neither a report nor a recording"));
  EXPECT_THAT(error("{}"), HasSubstr("schema is missing"));
  EXPECT_THAT(error(R"({"schema":"faastax.comparison.v1"})"), HasSubstr("lab compare --html"));
  EXPECT_THAT(error(R"({"lab":1,"report":2})"), HasSubstr("not a JSON object"));
  EXPECT_THAT(error(R"({"schema":7})"), HasSubstr("schema must be a string"));
}

TEST(Json, DeepNestingIsRefused) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  EXPECT_EQ(document_from_json(R"({"report":)" + deep + R"(,"lab":{}})").error(),
            "is nested too deep for a report");
}

TEST(Json, TheDivisionIsInThePublishedSchema) {
  std::ifstream file(std::filesystem::path(FAASTAX_SOURCE_DIR) / "docs" / "report.schema.json");
  const auto schema = ordered_json::parse(file);
  const auto json =
      ordered_json::parse(to_json(full_document(), divide(full_document(), Dimension::kFunction).value()));
  const auto& described = schema.at("$defs").at("division_row").at("properties");
  for (const auto& row : json["by"]["rows"]) {
    for (const auto& [key, value] : row.items()) EXPECT_TRUE(described.contains(key)) << key;
  }
  EXPECT_EQ(schema["$defs"]["dimension"]["enum"], ordered_json(kDimensionNames));
  EXPECT_TRUE(schema["properties"].contains("notes"));
}

TEST(Text, BeginsWithTheDivisionAndFitsThePage) {
  Document document = full_document();
  document.notes = {"what a source cannot say"};
  for (const unsigned width : {30u, 80u, 120u}) {
    const auto division = divide(document, Dimension::kTrack);
    const std::string text = to_text(document, *division, {.width = width});
    EXPECT_THAT(text, testing::StartsWith("CPU by track\n"));
    EXPECT_THAT(text, HasSubstr("emergency"));
    EXPECT_THAT(text, HasSubstr("total"));
    EXPECT_THAT(text, HasSubstr("note: what a"));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), width) << line;
  }
}

}  // namespace
}  // namespace faastax::cli::report
