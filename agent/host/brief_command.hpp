// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <string>
#include <vector>

namespace faastax::host {

/// Runs a program found in PATH, without input and with its error output thrown away, and returns what it
/// printed, of which at most 64 KiB are kept. An error when it cannot start, fails, or is not done in time;
/// then it is killed.
std::expected<std::string, std::string> run_briefly(const std::vector<std::string>& command,
                                                    std::chrono::milliseconds timeout);

}  // namespace faastax::host
