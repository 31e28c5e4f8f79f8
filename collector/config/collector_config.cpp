// SPDX-License-Identifier: Apache-2.0
#include "collector/config/collector_config.hpp"

#include "agent/config/document.hpp"
#include "collector/config/collector_schema.hpp"

namespace faastax::collector {

std::expected<CollectorConfig, std::string> parse_collector_config(std::string_view yaml,
                                                                   const std::string& file_name) {
  CollectorConfig config;
  if (auto read = config::read_document(yaml, file_name, collector_schema(config)); !read) {
    return std::unexpected(read.error());
  }
  for (auto* path : {&config.tls.certificate, &config.tls.key, &config.tls.client_ca, &config.events_token}) {
    config::start_at_folder_of(file_name, *path);
  }
  return config;
}

std::expected<CollectorConfig, std::string> load_collector_config(const std::filesystem::path& path) {
  const auto yaml = config::read_file(path);
  if (!yaml) return std::unexpected(yaml.error());
  return parse_collector_config(*yaml, path.string());
}

}  // namespace faastax::collector
