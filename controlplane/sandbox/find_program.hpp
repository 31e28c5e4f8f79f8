// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <string>

namespace faastax::sandbox {

/// An executable in PATH. The error says which package to install: `package`, or the program's own name.
std::expected<std::filesystem::path, std::string> find_program(const std::string& program,
                                                               const std::string& package = "");

}  // namespace faastax::sandbox
