// SPDX-License-Identifier: Apache-2.0
#include "ledger/recording.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <random>
#include <set>
#include <sstream>
#include <vector>

#include "ledger/testdata/golden.hpp"

namespace faastax::ledger {
namespace {

using ::testing::HasSubstr;

constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();

/// One of every kind, every field set to something that is not its default.
std::vector<Input> one_of_each() {
  return {
      WindowMarked{1, true},
      ClocksRead{2, 1'767'225'600'000'000'000},
      AccountOpened{3, kMax, (1ULL << 53) + 1, 12, 11, AccountOpened::Origin::kMove, true, kMax - 1,
                    "runc:[2:INIT]"},
      Executed{4, 5, 6, Program::kCni, Verb::kCniAdd, true, "bridge", "3e25960a79db", {1, 0, 3, 0, kMax}},
      ClientNamed{7, 8, "web"},
      Renamed{9, "python3 \"main\" \\"},
      Exited{10, 11, 12, -1, true},
      CgroupChanged{14, 15, 16, CgroupChanged::Change::kRemoved, 17, true, true,
                    "/kubepods/b\xc3\xbc/\xff\n"},
      BecameReady{18, 19, true},
      StopBegan{21, 22, 9, 23},
      OutOfMemory{24, 25, 26},
      RequestEnded{27, 26, 28, true, true, true, Protocol::kTls},
      Identified{29, 30, "id", "hex:lab", "", Track::kEmergency, true, Phase::kStopped, true},
      MemoryRead{31, 32, {0.5, 1e18, 1 / 3.0, 0}, kMax, kMax, 2},
      OverheadSampled{33, 34},
      SliceRan{44, 3, kMax, Phase::kStopped, std::numeric_limits<std::int64_t>::min()},
      CellsRead{35,
                {{36, {1, 2, 3, 4, 5, 6, 7, 8}, true, 49}, {37, {}, false}},
                {{1, 38, 39, std::numeric_limits<std::int64_t>::min(), 40}},
                {{36, {8, 7, 6, 5, 4, 3, 2, 1}, {9}}},
                50,
                51},
      ProgramRan{"fx_switch", 41, 180.1},
      Lost{42, 43},
      RequestsOpen{45, 46, 47, 48},
      DyingCgroupsCounted{49},
      CountersOpened{"derived", true},
      Spawned{20, 21, kMax, 22},
  };
}

RecordingHeader header() {
  RecordingHeader result;
  result.node = {
      "n\xc3\xb6"
      "de",
      "6.1.0",
      2,
      "hybrid",
      "exact",
      {{"runc", "1.1.5"}, {"\xff", "2"}}};
  result.notes = {{"faastax", "0.1.0"}};
  return result;
}

std::string recording_of(const std::vector<Input>& inputs) {
  std::ostringstream stream;
  auto writer = RecordingWriter::start(stream, header());
  EXPECT_TRUE(writer.has_value());
  for (const auto& input : inputs) EXPECT_TRUE(writer->write(input).has_value());
  EXPECT_TRUE(writer->finish().has_value());
  return stream.str();
}

std::string line_error(std::string_view line) {
  const auto input = decode(line);
  return input ? "no error" : input.error();
}

TEST(Recording, MatchesItsGolden) { testdata::expect_golden("recording.jsonl", recording_of(one_of_each())); }

TEST(Recording, EveryKindIsCovered) {
  std::set<std::size_t> kinds;
  for (const auto& input : one_of_each()) kinds.insert(input.index());
  EXPECT_EQ(kinds.size(), std::variant_size_v<Input>);
}

TEST(Recording, EveryKindComesBack) {
  for (const auto& input : one_of_each()) {
    const auto line = encode(input);
    const auto decoded = decode(line);
    ASSERT_TRUE(decoded.has_value()) << line << ": " << decoded.error();
    EXPECT_EQ(decoded->index(), input.index());
    EXPECT_EQ(encode(*decoded), line);
  }
}

TEST(Recording, FieldsComeBackExactly) {
  const auto inputs = one_of_each();
  const auto opened = std::get<AccountOpened>(decode(encode(inputs[2])).value());
  EXPECT_EQ(opened.account, kMax);
  EXPECT_EQ(opened.from, (1ULL << 53) + 1);
  EXPECT_EQ(opened.origin, AccountOpened::Origin::kMove);
  const auto executed = std::get<Executed>(decode(encode(inputs[3])).value());
  EXPECT_EQ(executed.before, (Buckets{1, 0, 3, 0, kMax}));
  EXPECT_EQ(executed.verb, Verb::kCniAdd);
  EXPECT_EQ(std::get<Renamed>(decode(encode(inputs[5])).value()).name, "python3 \"main\" \\");
  EXPECT_EQ(std::get<Exited>(decode(encode(inputs[6])).value()).status, -1);
  EXPECT_EQ(std::get<CgroupChanged>(decode(encode(inputs[7])).value()).path, "/kubepods/b\xc3\xbc/\xff\n");
  EXPECT_EQ(std::get<Identified>(decode(encode(inputs[12])).value()).space, "hex:lab");
  const auto slice = std::get<SliceRan>(decode(encode(inputs[15])).value());
  EXPECT_EQ(slice.account, kMax);
  EXPECT_EQ(slice.phase, Phase::kStopped);
  EXPECT_EQ(slice.ns, std::numeric_limits<std::int64_t>::min());
  const auto cells = std::get<CellsRead>(decode(encode(inputs[16])).value());
  ASSERT_EQ(cells.accounts.size(), 2U);
  EXPECT_EQ(cells.accounts[0].total, (Buckets{1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(cells.accounts[1].total, Buckets{});
  EXPECT_EQ(cells.accounts[0].carved, 49U);
  EXPECT_EQ(cells.counted.at(0).cycles, (Buckets{8, 7, 6, 5, 4, 3, 2, 1}));
  EXPECT_EQ(cells.cpus.at(0).steal, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(std::get<ProgramRan>(decode(encode(inputs[17])).value()).ns_per_run, 180.1);
}

TEST(Recording, EveryNameOfAnEnumerationComesBack) {
  for (std::uint8_t i = 0; i <= index_of(Verb::kPause); ++i) {
    Executed input;
    input.verb = static_cast<Verb>(i);
    input.program = static_cast<Program>(i % (index_of(Program::kSelf) + 1));
    const auto output = std::get<Executed>(decode(encode(input)).value());
    EXPECT_EQ(output.verb, input.verb);
    EXPECT_EQ(output.program, input.program);
  }
  for (std::uint8_t i = 1; i <= index_of(CgroupChanged::Change::kRemoved); ++i) {
    CgroupChanged input;
    input.change = static_cast<CgroupChanged::Change>(i);
    EXPECT_EQ(std::get<CgroupChanged>(decode(encode(input)).value()).change, input.change);
  }
}

TEST(Recording, ANumberThatIsNotFiniteStaysReadable) {
  const auto decoded = decode(encode(ProgramRan{"p", 0, std::numeric_limits<double>::infinity()}));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_TRUE(std::isnan(std::get<ProgramRan>(*decoded).ns_per_run));
}

TEST(Recording, ErrorsNameKindAndField) {
  const auto overhead = encode(OverheadSampled{1, 3});
  EXPECT_THAT(line_error(""), HasSubstr("not a JSON object"));
  EXPECT_THAT(line_error("7"), HasSubstr("not a JSON object"));
  EXPECT_THAT(line_error("{}"), HasSubstr("k is missing"));
  EXPECT_THAT(line_error(R"({"k":"packet","t":1})"),
              HasSubstr("version 3 of the recording format has no kind \"packet\""));
  EXPECT_THAT(line_error(R"({"k":"a\n\u001bb","t":1})"), HasSubstr("no kind \"a??b\""));
  EXPECT_THAT(line_error(testdata::replaced(overhead, "\"bytes\"", "\"octets\"")),
              HasSubstr("overhead: bytes is missing"));
  EXPECT_THAT(line_error(testdata::replaced(overhead, "\"t\"", "\"x\":0,\"t\"")), HasSubstr("does not know"));
  EXPECT_THAT(line_error(testdata::replaced(overhead, ":3", ":-3")),
              HasSubstr("overhead: bytes is out of range"));
  EXPECT_THAT(line_error(testdata::replaced(overhead, ":3", ":3.5")), HasSubstr("overhead: bytes must be"));
  EXPECT_THAT(line_error(testdata::replaced(overhead, ":3", ":18446744073709551616")),
              HasSubstr("overhead: bytes must be"));
  EXPECT_THAT(line_error(testdata::replaced(encode(OutOfMemory{1, 2, 3}), ":3", ":4294967296")),
              HasSubstr("out of range"));
  EXPECT_THAT(line_error(testdata::replaced(encode(Renamed{1, "a"}), "\"a\"", "\"hex:6\"")),
              HasSubstr("odd number"));
  EXPECT_THAT(line_error(testdata::replaced(encode(Renamed{1, "a"}), "\"a\"", "\"hex:6g\"")),
              HasSubstr("wrong hexadecimal"));
  EXPECT_THAT(line_error(testdata::replaced(encode(Executed{}), "\"none\"", "\"sing\"")),
              HasSubstr("exec: verb has the unknown value \"sing\""));
  EXPECT_THAT(line_error(testdata::replaced(encode(Executed{}), "[]", "[1,2,3,4,5,6,7,8,9]")),
              HasSubstr("at most 8"));
  EXPECT_THAT(
      line_error(testdata::replaced(encode(CellsRead{1, {{}}, {}}), "\"ended\":false", "\"ended\":0")),
      HasSubstr("cells: accounts [0] ended must be true or false"));
}

TEST(RecordingReader, GivesHeaderAndInputsInOrder) {
  std::istringstream stream(recording_of(one_of_each()));
  auto reader = RecordingReader::open(stream);
  ASSERT_TRUE(reader.has_value()) << reader.error().message;
  EXPECT_EQ(reader->header().node.name, header().node.name);
  EXPECT_EQ(reader->header().node.cpus, 2U);
  EXPECT_EQ(reader->header().node.runtime_versions, header().node.runtime_versions);
  EXPECT_EQ(reader->header().notes, header().notes);
  for (const auto& expected : one_of_each()) {
    const auto input = reader->next();
    ASSERT_TRUE(input.has_value() && input->has_value());
    EXPECT_EQ(encode(**input), encode(expected));
  }
  const auto end = reader->next();
  EXPECT_TRUE(end.has_value() && !end->has_value());
}

TEST(RecordingReader, ErrorsNameTheLineAndReadingGoesOn) {
  std::istringstream stream(encode(header()) + "\n{\"k\":\"nonsense\"}\n" + encode(Lost{1, 2}) + "\n");
  auto reader = RecordingReader::open(stream);
  ASSERT_TRUE(reader.has_value());
  const auto wrong = reader->next();
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().line, 2U);
  EXPECT_FALSE(wrong.error().truncated);
  EXPECT_THAT(wrong.error().message, HasSubstr("line 2: version 3"));
  EXPECT_TRUE(reader->next().value().has_value());
}

TEST(RecordingReader, CutAnywhereGivesWholeLinesThenSaysSo) {
  const auto text = recording_of({Lost{1, 2}, OverheadSampled{1, 3}});
  const auto first = text.find('\n') + 1;
  const auto second = text.find('\n', first) + 1;
  for (std::size_t size = second + 1; size < text.size() - 1; ++size) {
    std::istringstream stream(text.substr(0, size));
    auto reader = RecordingReader::open(stream);
    ASSERT_TRUE(reader.has_value());
    ASSERT_TRUE(reader->next().value().has_value());
    const auto cut = reader->next();
    ASSERT_FALSE(cut.has_value()) << size;
    EXPECT_TRUE(cut.error().truncated);
    EXPECT_EQ(cut.error().line, 3U);
    EXPECT_THAT(cut.error().message, HasSubstr("line 3: cut off"));
    EXPECT_FALSE(reader->next().value().has_value());
  }
}

TEST(RecordingReader, ALastLineThatLacksOnlyItsLineFeedIsWhole) {
  auto text = recording_of({Lost{1, 2}});
  text.pop_back();
  std::istringstream stream(text);
  auto reader = RecordingReader::open(stream);
  ASSERT_TRUE(reader.has_value());
  EXPECT_TRUE(reader->next().value().has_value());
  EXPECT_FALSE(reader->next().value().has_value());
}

TEST(RecordingReader, RefusesWhatIsNoRecordingOfItsVersion) {
  const auto error_of_opening = [](const std::string& text) {
    std::istringstream stream(text);
    const auto reader = RecordingReader::open(stream);
    return reader ? "no error" : reader.error().message;
  };
  EXPECT_THAT(error_of_opening(""), HasSubstr("empty"));
  EXPECT_THAT(error_of_opening("{}\n"), HasSubstr("not a recording"));
  EXPECT_THAT(error_of_opening(encode(Lost{}) + "\n"), HasSubstr("not a recording"));
  EXPECT_THAT(error_of_opening(testdata::replaced(encode(header()), ":3,", ":2,") + "\n"),
              HasSubstr("version 2"));
  EXPECT_THAT(error_of_opening(encode(header()).substr(0, 40)), HasSubstr("line 1: cut off"));
}

TEST(RecordingWriter, NoticesAFullDisk) {
  std::ofstream full("/dev/full");
  ASSERT_TRUE(full.is_open());
  auto writer = RecordingWriter::start(full, header());
  ASSERT_TRUE(writer.has_value()) << "the stream buffers this much";
  EXPECT_FALSE(writer->finish().has_value());
  const auto after = writer->write(Lost{});
  ASSERT_FALSE(after.has_value());
  EXPECT_THAT(after.error(), HasSubstr("disk full"));
}

TEST(RecordingWriter, NoticesAFullDiskWhileWriting) {
  std::ofstream full("/dev/full");
  auto writer = RecordingWriter::start(full, header());
  ASSERT_TRUE(writer.has_value());
  bool failed = false;
  for (int i = 0; i < 10'000 && !failed; ++i) failed = !writer->write(Lost{}).has_value();
  EXPECT_TRUE(failed);
}

TEST(Recording, MutatedLinesNeverCrash) {
  std::mt19937 random(3);
  std::uniform_int_distribution<int> byte(0, 255);
  const std::string_view structural = "{}[]\",:0123456789-e.ntf\\";
  const auto inputs = one_of_each();
  for (int round = 0; round < 20'000; ++round) {
    std::string line = encode(inputs[static_cast<std::size_t>(round) % inputs.size()]);
    const auto at = [&] { return std::uniform_int_distribution<std::size_t>(0, line.size() - 1)(random); };
    for (int edit = round % 4; edit >= 0; --edit) {
      const auto position = at();
      switch (byte(random) % 4) {
        case 0:
          line[position] = static_cast<char>(byte(random));
          break;
        case 1:
          line[position] = structural[position % structural.size()];
          break;
        case 2:
          line.insert(position, line.substr(at(), 9));
          break;
        default:
          line.erase(position, 3);
      }
      if (line.empty()) line = "{";
    }
    if (const auto input = decode(line)) {
      ASSERT_TRUE(decode(encode(*input)).has_value()) << line;
    }
  }
}

TEST(Recording, DeepNestingIsRefusedWithoutRecursion) {
  EXPECT_THAT(line_error(std::string(1'000'000, '[')), HasSubstr("not a JSON object"));
  const std::string deep = R"({"k":)" + std::string(200'000, '[') + std::string(200'000, ']') + "}";
  EXPECT_THAT(line_error(deep), HasSubstr("k must be a string"));
}

}  // namespace
}  // namespace faastax::ledger
