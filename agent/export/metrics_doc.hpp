// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace faastax::exporting {

/// docs/metrics.md: every metric with type, labels and help, and when series come and go.
std::string metrics_document();

}  // namespace faastax::exporting
