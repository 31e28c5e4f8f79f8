// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "proto/scaling_event.hpp"

/// Between scaling_event's own sources: others need no JSON library.
namespace faastax::scaling {

/// The error says where: "not JSON: byte 12".
base::Result<nlohmann::json> parse_json(std::string_view text);

/// Reads an event whose attributes and data stand in one object, as in structured mode.
base::Result<ScalingEvent> event_of(const nlohmann::json& json);

/// Reads a batch of such.
base::Result<std::vector<ScalingEvent>> events_of(const nlohmann::json& json);

/// True for "application/json" and anything that ends in "+json", whatever its parameters.
bool is_json(std::string_view media_type);
/// In lower case, without parameters and the spaces before them.
std::string bare_media_type(std::string_view text);

}  // namespace faastax::scaling
