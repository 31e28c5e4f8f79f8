// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace faastax::host {

/// Where the node's /proc and /sys are mounted; in a container they may be elsewhere, in a test they are
/// plain folders.
struct Roots {
  std::filesystem::path proc = "/proc";
  std::filesystem::path sys = "/sys";
};

}  // namespace faastax::host
