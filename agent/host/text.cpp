// SPDX-License-Identifier: Apache-2.0
#include "agent/host/text.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace faastax::host {

std::optional<std::string> read_text(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  // A process that ends between open and read gives ESRCH, which looks like an empty file.
  if (stream.bad()) return std::nullopt;
  return text;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  for (std::size_t at = text.find_first_not_of(separators); at != std::string_view::npos;) {
    const std::size_t end = text.find_first_of(separators, at);
    parts.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(separators, end);
  }
  return parts;
}

bool lists(std::string_view list, std::string_view separators, std::string_view name) {
  const auto parts = split(list, separators);
  return std::ranges::find(parts, name) != parts.end();
}

std::string_view value_of(std::string_view text, std::string_view key) {
  for (std::string_view line : split(text, "\n")) {
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == ':') {
      return trimmed(line.substr(key.size() + 1));
    }
  }
  return {};
}

}  // namespace faastax::host
