// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/config/yaml_section.hpp"
#include "collector/config/collector_config.hpp"

namespace faastax::collector {

/// The keys of the collector's file. Reading them changes `config`, which must live as long.
config::Schema collector_schema(CollectorConfig& config);

}  // namespace faastax::collector
