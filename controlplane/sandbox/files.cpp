// SPDX-License-Identifier: Apache-2.0
#include "controlplane/sandbox/files.hpp"

#include <sys/stat.h>

#include <fstream>

namespace faastax::sandbox {

std::expected<void, std::string> write_file(const std::filesystem::path& path, std::string_view text,
                                            mode_t mode) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (file.fail() || chmod(path.c_str(), mode) != 0)
    return std::unexpected(path.string() + ": cannot be written");
  return {};
}

std::expected<void, std::string> write_program(const std::filesystem::path& path,
                                               std::span<const std::byte> program) {
  const std::string fresh = path.string() + ".new";
  const std::string_view text(reinterpret_cast<const char*>(program.data()), program.size());
  if (auto wrote = write_file(fresh, text, 0755); !wrote) return wrote;
  std::error_code error;
  std::filesystem::rename(fresh, path, error);
  if (error) return std::unexpected(path.string() + ": " + error.message());
  return {};
}

std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    found.push_back(it->path());
  return found;
}

std::string last_line_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::string last;
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty()) last = line;
  }
  return last;
}

}  // namespace faastax::sandbox
