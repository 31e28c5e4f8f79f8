// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "agent/base/result.hpp"
#include "cli/report/document.hpp"
#include "collector/store/query.hpp"

namespace faastax::cli::store {

/// The report of a window of a collector's store. The window is as the store can tell it apart.
base::Result<report::Document> report_of(faastax::store::Reader& reader, const faastax::store::Window& asked);

/// The same of the `since` that ends at `end`, from the store at `url`.
base::Result<report::Document> ask(const std::string& url, std::chrono::nanoseconds since,
                                   std::chrono::system_clock::time_point end);

}  // namespace faastax::cli::store
