// SPDX-License-Identifier: Apache-2.0
#include "controlplane/trace/reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <numeric>
#include <sstream>

namespace faastax::trace {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kInvocations = "HashOwner,HashApp,HashFunction,Trigger,480,481\no,a,f,http,3,0\n";
constexpr const char* kDurations =
    "HashOwner,HashApp,HashFunction,Average,Count,Minimum,Maximum,percentile_Average_0,percentile_Average_1,"
    "percentile_Average_25,percentile_Average_50,percentile_Average_75,percentile_Average_99,"
    "percentile_Average_100\no,a,f,5,3,0.0,9.5,0,1,2,3,4,5,9.5\n";
constexpr const char* kMemory =
    "HashFunction,HashOwner,HashApp,SampleCount,AverageAllocatedMb,AverageAllocatedMb_pct1,"
    "AverageAllocatedMb_pct5,AverageAllocatedMb_pct25,AverageAllocatedMb_pct50,AverageAllocatedMb_pct75,"
    "AverageAllocatedMb_pct95,AverageAllocatedMb_pct99,AverageAllocatedMb_pct100\r\n"
    "f,o,a,3,10,1,2,3,4,5,6,7,8.5\r\n";

std::expected<Trace, std::string> read(const std::string& invocations, const std::string& durations,
                                       const std::string& memory) {
  std::istringstream i(invocations), d(durations), m(memory);
  return read_trace({i, "i.csv"}, {d, "d.csv"}, {m, "m.csv"});
}

TEST(Reader, ReadsAndJoins) {
  const auto trace = read(kInvocations, kDurations, kMemory);
  ASSERT_TRUE(trace) << trace.error();
  ASSERT_EQ(trace->functions.size(), 1u);
  EXPECT_EQ(trace->minutes, 2u);
  const FunctionTrace& function = trace->functions[0];
  EXPECT_EQ(function.trigger, "http");
  EXPECT_EQ(function.invocations, (std::vector<std::uint32_t>{3, 0}));
  EXPECT_EQ(function.durations_ms.largest(), 9.5);
  EXPECT_EQ(function.memory_mib.at(100), 8.5);
}

TEST(Reader, NamesFileAndLineOfABrokenLine) {
  const std::string base = kInvocations;
  EXPECT_THAT(read(base + "o,a,g,http,3\n", kDurations, kMemory).error(), StartsWith("i.csv:3: 5 fields"));
  EXPECT_THAT(read(base + "\no,a,g,http,3,x\n", kDurations, kMemory).error(), StartsWith("i.csv:4: field 6"));
  EXPECT_THAT(read(base + "o,a,g,http,3,1.5\n", kDurations, kMemory).error(), HasSubstr("not a count"));
  EXPECT_THAT(read(base + "o,a,g,http,3,-1\n", kDurations, kMemory).error(), StartsWith("i.csv:3: field 6"));
  EXPECT_THAT(read(base + "o,a,g,http,3,1\n", kDurations, kMemory).error(),
              HasSubstr("i.csv:3: this function has no line in d.csv"));
  EXPECT_THAT(read(base + "o,a,f,http,3,1\n", kDurations, kMemory).error(),
              HasSubstr("i.csv:3: this function has a line already"));
  EXPECT_THAT(read(base, std::string(kDurations) + "o,a,g,5,3,0,9,5,4,2,3,4,5,9\n", kMemory).error(),
              StartsWith("d.csv:3: field 9"));
  EXPECT_THAT(read(base, kDurations, std::string(kMemory) + "g,o,a,nan,nan,nan,2,3,4,5,6,7,8\n").error(),
              StartsWith("m.csv:3: field 6"));
}

TEST(Reader, AnErrorIsOneLineWhateverTheFieldHolds) {
  EXPECT_EQ(read(std::string(kInvocations) + "o,a,g,http,3,\x1b[2J\r1\n", kDurations, kMemory).error(),
            "i.csv:3: field 6: \"?[2J?1\" is not a number of 0 or more");
}

TEST(Reader, RefusesOtherHeadersAndEmptyFiles) {
  EXPECT_THAT(read("a,b\n", kDurations, kMemory).error(), StartsWith("i.csv:1: column 1"));
  EXPECT_THAT(read("", kDurations, kMemory).error(), StartsWith("i.csv:0: column 1"));
  EXPECT_THAT(read("HashOwner,HashApp,HashFunction,Trigger\n", kDurations, kMemory).error(),
              HasSubstr("no minute"));
  EXPECT_THAT(read("HashOwner,HashApp,HashFunction,Trigger,1\n", kDurations, kMemory).error(),
              HasSubstr("no functions"));
}

TEST(Reader, AMissingFolderIsNamed) {
  EXPECT_THAT(load_trace("/nonexistent").error(), HasSubstr("/nonexistent/invocations.csv"));
}

TEST(Reader, ReadsTheAzureSamples) {
  const std::filesystem::path samples =
      std::filesystem::path(FAASTAX_SOURCE_DIR) / "../shared/data/azure2019";
  if (!std::filesystem::exists(samples)) GTEST_SKIP() << "no Azure samples at " << samples;
  const auto trace = load_trace(samples / "500");
  ASSERT_TRUE(trace) << trace.error();
  EXPECT_EQ(trace->functions.size(), 500u);
  EXPECT_EQ(trace->minutes, 480u);
  std::uint64_t total = 0;
  for (const auto& f : trace->functions)
    total = std::accumulate(f.invocations.begin(), f.invocations.end(), total);
  EXPECT_EQ(total, 3'037'902u);
}

TEST(Reader, ReadsTheExample) {
  const auto trace = load_trace(std::filesystem::path(FAASTAX_SOURCE_DIR) / "examples/trace");
  ASSERT_TRUE(trace) << trace.error();
  EXPECT_EQ(trace->functions.size(), 6u);
}

}  // namespace
}  // namespace faastax::trace
