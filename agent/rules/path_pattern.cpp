// SPDX-License-Identifier: Apache-2.0
#include "agent/rules/path_pattern.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace faastax::rules {
namespace {

constexpr std::array<std::string_view, kPathFields> kFieldNames = {"sandbox", "pod", "space", "function",
                                                                   "track"};

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

}  // namespace

/// One run of the matcher. `dead` remembers (piece, position) pairs that led nowhere, which keeps the work
/// within pieces × length² whatever the pattern.
struct PathPattern::Attempt {
  std::string_view path;
  PathFields fields{};
  std::vector<bool> dead;
};

std::expected<PathPattern::Piece, std::string> PathPattern::compile_field(std::string_view inner) {
  const std::size_t colon = inner.find(':');
  const std::string_view name = inner.substr(0, colon);
  const auto found = std::ranges::find(kFieldNames, name);
  if (found == kFieldNames.end()) {
    return std::unexpected("unknown field {" + std::string(name) +
                           "}; known are sandbox, pod, space, function and track");
  }
  Piece piece{.kind = Kind::kField, .text = {}, .field = static_cast<PathField>(found - kFieldNames.begin())};
  piece.shape = piece.field == PathField::kSpace ? Shape::kUndotted : Shape::kName;
  if (colon == std::string_view::npos) return piece;
  const std::string_view shape = inner.substr(colon + 1);
  if (shape == "hex64") {
    piece.shape = Shape::kHex64;
  } else if (shape == "uid") {
    piece.shape = Shape::kUid;
  } else {
    return std::unexpected("unknown shape \"" + std::string(shape) + "\"; known are hex64 and uid");
  }
  return piece;
}

std::expected<PathPattern, std::string> PathPattern::compile(std::string_view text) {
  if (!text.starts_with('/')) return std::unexpected("a cgroup path begins with /");
  PathPattern pattern;
  auto& pieces = pattern.pieces_;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("**")) {
      if (!rest.starts_with("**/") || text[at - 1] != '/')
        return std::unexpected("** stands between slashes");
      pieces.push_back({.kind = Kind::kFolders, .text = {}});
      at += 3;
    } else if (rest.front() == '*') {
      pieces.push_back({.kind = Kind::kAny, .text = {}});
      at += 1;
    } else if (rest.front() == '{') {
      const std::size_t end = rest.find('}');
      if (end == std::string_view::npos) return std::unexpected("{ without }");
      auto piece = compile_field(rest.substr(1, end - 1));
      if (!piece) return std::unexpected(piece.error());
      if (pattern.keeps(piece->field)) return std::unexpected("a field twice in one pattern");
      pieces.push_back(std::move(*piece));
      at += end + 1;
    } else {
      const std::size_t length = std::min(rest.find_first_of("*{"), rest.size());
      pieces.push_back({.kind = Kind::kText, .text = std::string(rest.substr(0, length))});
      at += length;
    }
  }
  return pattern;
}

bool PathPattern::keeps(PathField field) const {
  return std::ranges::any_of(
      pieces_, [field](const Piece& piece) { return piece.kind == Kind::kField && piece.field == field; });
}

std::optional<PathFields> PathPattern::match(std::string_view path) const {
  Attempt attempt{.path = path, .dead = std::vector<bool>((pieces_.size() + 1) * (path.size() + 1))};
  if (!match_from(attempt, 0, 0)) return std::nullopt;
  return attempt.fields;
}

bool PathPattern::match_from(Attempt& attempt, std::size_t piece, std::size_t at) const {
  if (piece == pieces_.size()) return at == attempt.path.size();
  const std::size_t mark = piece * (attempt.path.size() + 1) + at;
  if (attempt.dead[mark]) return false;
  const bool matched = match_piece(attempt, piece, at);
  attempt.dead[mark] = !matched;
  return matched;
}

bool PathPattern::match_piece(Attempt& attempt, std::size_t piece, std::size_t at) const {
  const Piece& here = pieces_[piece];
  switch (here.kind) {
    case Kind::kText:
      return attempt.path.substr(at).starts_with(here.text) &&
             match_from(attempt, piece + 1, at + here.text.size());
    case Kind::kFolders:
      return match_folders(attempt, piece, at);
    case Kind::kAny:
    case Kind::kField:
      return match_run(attempt, piece, at);
  }
  return false;
}

bool PathPattern::match_folders(Attempt& attempt, std::size_t piece, std::size_t at) const {
  while (true) {
    if (match_from(attempt, piece + 1, at)) return true;
    const std::size_t slash = attempt.path.find('/', at);
    if (slash == std::string_view::npos) return false;
    at = slash + 1;
  }
}

bool PathPattern::match_run(Attempt& attempt, std::size_t piece, std::size_t at) const {
  const Piece& here = pieces_[piece];
  const bool field = here.kind == Kind::kField;
  const auto [shortest, longest] =
      field ? length_limits(here.shape) : std::pair<std::size_t, std::size_t>{0, std::string_view::npos};
  std::size_t length = 0;
  while (at + length < attempt.path.size() && length < longest &&
         belongs(here.shape, attempt.path[at + length])) {
    ++length;
  }
  for (; length + 1 > shortest; --length) {
    if (match_from(attempt, piece + 1, at + length)) {
      if (field) attempt.fields[static_cast<std::size_t>(here.field)] = attempt.path.substr(at, length);
      return true;
    }
    if (length == 0) break;
  }
  return false;
}

bool PathPattern::belongs(Shape shape, char c) {
  switch (shape) {
    case Shape::kName:
      return c != '/';
    case Shape::kUndotted:
      return c != '/' && c != '.';
    case Shape::kHex64:
      return is_hex(c);
    case Shape::kUid:
      return is_hex(c) || c == '-' || c == '_';
  }
  return false;
}

std::pair<std::size_t, std::size_t> PathPattern::length_limits(Shape shape) {
  switch (shape) {
    case Shape::kHex64:
      return {64, 64};
    case Shape::kUid:
      return {32, 36};
    case Shape::kName:
    case Shape::kUndotted:
      break;
  }
  return {1, std::numeric_limits<std::size_t>::max()};
}

}  // namespace faastax::rules
