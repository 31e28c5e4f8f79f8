// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/config/agent_config.hpp"
#include "agent/config/yaml_section.hpp"

namespace faastax::config {

/// The keys of the agent's file, with their limits. Reading them changes `config`, which must live as long.
Schema agent_schema(AgentConfig& config);

}  // namespace faastax::config
