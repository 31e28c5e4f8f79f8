// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faastax::rules {

/// What a pattern can keep of a path.
enum class PathField : std::uint8_t { kSandbox, kPod, kSpace, kFunction, kTrack };
inline constexpr std::size_t kPathFields = 5;

/// What was found for each PathField, views into the path; empty where the pattern lacks the field.
using PathFields = std::array<std::string_view, kPathFields>;

/// A pattern for whole cgroup paths. Its language: text stands for itself; `*` for any text without a
/// slash; `**` between slashes for any number of folders, none included; `{field}` for one or more
/// characters without a slash, which are kept ({space} takes no dot either, as namespaces have none);
/// `{field:hex64}` for 64 hexadecimal digits; `{field:uid}` for a pod's UID: 32 to 36 hexadecimal digits,
/// dashes or underscores (static pods have a plain hash; systemd needs underscores).
class PathPattern {
 public:
  /// The error says what is wrong with the text.
  static std::expected<PathPattern, std::string> compile(std::string_view text);

  std::optional<PathFields> match(std::string_view path) const;
  bool keeps(PathField field) const;

 private:
  enum class Kind : std::uint8_t { kText, kAny, kFolders, kField };
  enum class Shape : std::uint8_t { kName, kUndotted, kHex64, kUid };
  struct Piece {
    Kind kind = Kind::kText;
    std::string text;
    PathField field = PathField::kSandbox;
    Shape shape = Shape::kName;
  };
  struct Attempt;

  static std::expected<Piece, std::string> compile_field(std::string_view inner);
  static bool belongs(Shape shape, char c);
  static std::pair<std::size_t, std::size_t> length_limits(Shape shape);

  bool match_from(Attempt& attempt, std::size_t piece, std::size_t at) const;
  bool match_piece(Attempt& attempt, std::size_t piece, std::size_t at) const;
  bool match_folders(Attempt& attempt, std::size_t piece, std::size_t at) const;
  bool match_run(Attempt& attempt, std::size_t piece, std::size_t at) const;

  std::vector<Piece> pieces_;
};

}  // namespace faastax::rules
