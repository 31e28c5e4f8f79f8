// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace faastax::collector {

/// docs/collector-metrics.md.
std::string metrics_document();

}  // namespace faastax::collector
