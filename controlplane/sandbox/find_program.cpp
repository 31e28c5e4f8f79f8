// SPDX-License-Identifier: Apache-2.0
#include "controlplane/sandbox/find_program.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

namespace faastax::sandbox {

std::expected<std::filesystem::path, std::string> find_program(const std::string& program,
                                                               const std::string& package) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/sbin:/usr/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::filesystem::path candidate = std::filesystem::path(folder) / program;
    if (!folder.empty() && access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return std::unexpected(fmt::format("{} is not installed (not in PATH); apt install {}", program,
                                     package.empty() ? program : package));
}

}  // namespace faastax::sandbox
