// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "agent/config/yaml_section.hpp"
#include "agent/http/endpoint.hpp"

/// How keys of a configuration file are read. What they write to must live as long as they do.
namespace faastax::config {

/// A duration within the bounds.
Setter period(std::chrono::milliseconds& field, std::chrono::milliseconds least,
              std::chrono::milliseconds most);

/// A whole number within the bounds.
Setter count(std::uint32_t& field, std::uint32_t least, std::uint32_t most);

/// A number of bytes within the bounds.
Setter bytes(std::uint64_t& field, std::uint64_t least, std::uint64_t most);

/// An absolute path.
Setter folder(std::filesystem::path& field);

/// Any path.
Setter path(std::filesystem::path& field);

/// A numeric address and a port.
Setter endpoint(http::Endpoint& field);

/// One of spdlog's names.
Setter log_level(std::string& field);

/// true or false.
Setter flag(bool& field);

}  // namespace faastax::config
