// SPDX-License-Identifier: Apache-2.0
#include <zlib.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "agent/spool/segment.hpp"
#include "tests/fuzz/require.hpp"

/// A segment of the spool as a crash left it. Checksums of an input are put right first, one in two frames,
/// or hardly one would pass.
namespace faastax::fuzz {
namespace {

using spool::Segment;

std::filesystem::path make_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "faastax-fuzz-XXXXXX").string();
  require(mkdtemp(name.data()) != nullptr, "a temporary folder can be made", name);
  return name;
}

struct Folder {
  std::filesystem::path path = make_folder();
  ~Folder() { std::filesystem::remove_all(path); }
};

void seal(std::string& file, std::size_t at, std::size_t from, std::size_t size) {
  const auto sum = static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(file.data() + from), static_cast<uInt>(size)));
  std::memcpy(file.data() + at, &sum, sizeof(sum));
}

std::string sealed(std::string file) {
  if (file.size() < Segment::kHeader || file[20] != 0) return file;
  std::memcpy(file.data(), "FXSPOOL1", 8);
  seal(file, 16, 0, 16);
  for (std::size_t at = Segment::kHeader; at + Segment::kFrameHeader <= file.size();) {
    std::uint32_t length = 0;
    std::memcpy(&length, file.data() + at, sizeof(length));
    if (length > file.size() - at - Segment::kFrameHeader) break;
    if (file[at + 4] % 2 == 0) seal(file, at + 4, at + 8, length + 8);
    at += Segment::kFrameHeader + length;
  }
  return file;
}

void fuzz(const std::string& bytes) {
  static const Folder folder;
  const auto path = folder.path / "0000000000000000.seg";
  std::ofstream(path, std::ios::binary | std::ios::trunc) << sealed(bytes);
  auto opened = Segment::open(path);
  if (!opened) return require_line(opened.error());
  if (!*opened) return;
  Segment& segment = **opened;
  require(std::filesystem::file_size(path) == segment.bytes(), "what is torn is cut off");
  const std::uint64_t frames = segment.end() - segment.first();
  const auto read = segment.read(segment.first(), frames + 1, SIZE_MAX);
  require(read && read->size() == frames, "all frames are read");
  require(segment.append("last", 1).has_value(), "a frame is appended");
  const auto last = segment.read(segment.end() - 1, 1, SIZE_MAX);
  require(last && last->size() == 1 && last->front().payload == "last", "what was appended is read");
}

}  // namespace
}  // namespace faastax::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  faastax::fuzz::fuzz(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
