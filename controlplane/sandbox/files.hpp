// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <expected>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace faastax::sandbox {

/// Makes the file or replaces what is in it. The error names it.
std::expected<void, std::string> write_file(const std::filesystem::path& path, std::string_view text,
                                            mode_t mode = 0644);

/// The same, of an executable. One that runs goes on with the old one, and is no obstacle.
std::expected<void, std::string> write_program(const std::filesystem::path& path,
                                               std::span<const std::byte> program);

/// What is in a folder; of one that is not there, or goes meanwhile, what could be read.
std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder);

/// What a program said last in its error file; empty where there is nothing.
std::string last_line_of(const std::filesystem::path& file);

}  // namespace faastax::sandbox
