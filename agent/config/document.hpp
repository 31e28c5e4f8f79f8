// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

#include "agent/config/yaml_section.hpp"

/// A whole configuration file.
namespace faastax::config {

/// Reads YAML by a schema. The error has one line a mistake, all of them at once, each "FILE:LINE: what and
/// what to do"; an unknown or repeated key is a mistake.
std::expected<void, std::string> read_document(std::string_view yaml, const std::string& file_name,
                                               const Schema& schema);

std::expected<std::string, std::string> read_file(const std::filesystem::path& path);

/// Makes a path that is relative start at the folder of the configuration file.
void start_at_folder_of(const std::filesystem::path& file, std::filesystem::path& path);

}  // namespace faastax::config
