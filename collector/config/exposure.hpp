// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "collector/config/collector_config.hpp"

namespace faastax::collector {

/// Whether what the configuration opens to others is protected. An error: clear text on an address that other
/// machines reach (unless `insecure`), half a pair of TLS files. Else warnings, one line each, for the log.
std::expected<std::vector<std::string>, std::string> check_exposure(const CollectorConfig& config);

}  // namespace faastax::collector
