// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <istream>
#include <string>
#include <vector>

#include "controlplane/policy/replay.hpp"

namespace faastax::cli {

/// Reads samples from lines under a header that names the columns time_s, concurrency and ready (in any
/// order, others are ignored). time_s are whole seconds that rise from line to line. The error is
/// "name:line: what".
std::expected<std::vector<policy::Sample>, std::string> read_metrics(std::istream& stream,
                                                                     const std::string& name);

}  // namespace faastax::cli
