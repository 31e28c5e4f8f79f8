// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "agent/base/result.hpp"
#include "cli/report/document.hpp"

namespace faastax::cli::prometheus {

/// The report of the `since` that ends at `end` (of the system's clock), from the HTTP API at `url` alone.
base::Result<report::Document> ask(const std::string& url, std::chrono::milliseconds since,
                                   std::chrono::system_clock::time_point end);

}  // namespace faastax::cli::prometheus
