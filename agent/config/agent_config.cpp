// SPDX-License-Identifier: Apache-2.0
#include "agent/config/agent_config.hpp"

#include "agent/config/agent_schema.hpp"
#include "agent/config/document.hpp"

namespace faastax::config {

std::expected<AgentConfig, std::string> parse_config(std::string_view yaml, const std::string& file_name,
                                                     const std::string& collector_target) {
  AgentConfig config;
  if (auto read = read_document(yaml, file_name, agent_schema(config)); !read) {
    return std::unexpected(read.error());
  }
  if (!collector_target.empty()) config.collector.target = collector_target;
  if (const auto problem = sender::problem_of(config.collector)) {
    return std::unexpected(file_name + ": 'collector': " + *problem);
  }
  sender::CollectorAddress& collector = config.collector;
  for (auto* path : {&config.rules, &collector.authority, &collector.certificate, &collector.key}) {
    start_at_folder_of(file_name, *path);
  }
  return config;
}

std::expected<AgentConfig, std::string> load_config(const std::filesystem::path& path,
                                                    const std::string& collector_target) {
  const auto yaml = read_file(path);
  if (!yaml) return std::unexpected(yaml.error());
  return parse_config(*yaml, path.string(), collector_target);
}

}  // namespace faastax::config
