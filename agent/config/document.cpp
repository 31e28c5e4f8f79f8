// SPDX-License-Identifier: Apache-2.0
#include "agent/config/document.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace faastax::config {

std::expected<void, std::string> read_document(std::string_view yaml, const std::string& file_name,
                                               const Schema& schema) {
  Mistakes mistakes(file_name);
  try {
    read_section(YAML::Load(std::string(yaml)), schema, mistakes);
  } catch (const YAML::Exception& error) {
    mistakes.add(error.mark, error.msg);
  }
  if (!mistakes.text().empty()) return std::unexpected(mistakes.text());
  return {};
}

std::expected<std::string, std::string> read_file(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return std::unexpected("cannot read " + path.string() + ": it is a folder");
  }
  std::ifstream file(path);
  if (!file) return std::unexpected("cannot read " + path.string() + ": " + std::strerror(errno));
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

void start_at_folder_of(const std::filesystem::path& file, std::filesystem::path& path) {
  if (!path.empty() && path.is_relative()) path = file.parent_path() / path;
}

}  // namespace faastax::config
