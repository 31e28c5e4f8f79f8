// SPDX-License-Identifier: Apache-2.0
#include "agent/config/agent_config.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "agent/config/agent_schema.hpp"
#include "agent/config/yaml_section.hpp"

namespace faastax::config {

std::expected<AgentConfig, std::string> parse_config(std::string_view yaml, const std::string& file_name) {
  AgentConfig config;
  Mistakes mistakes(file_name);
  try {
    read_section(YAML::Load(std::string(yaml)), agent_schema(config), mistakes);
  } catch (const YAML::Exception& error) {
    mistakes.add(error.mark, error.msg);
  }
  if (!mistakes.text().empty()) return std::unexpected(mistakes.text());
  if (!config.rules.empty() && config.rules.is_relative()) {
    config.rules = std::filesystem::path(file_name).parent_path() / config.rules;
  }
  return config;
}

std::expected<AgentConfig, std::string> load_config(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return std::unexpected("cannot read " + path.string() + ": it is a folder");
  }
  std::ifstream file(path);
  if (!file) return std::unexpected("cannot read " + path.string() + ": " + std::strerror(errno));
  const std::string yaml{std::istreambuf_iterator<char>(file), {}};
  return parse_config(yaml, path.string());
}

}  // namespace faastax::config
