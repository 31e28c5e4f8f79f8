// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>

#include "controlplane/lab/config.hpp"
#include "controlplane/lab/worker_process.hpp"
#include "controlplane/manager/manager_process.hpp"
#include "controlplane/sandbox/state_folder.hpp"

namespace faastax::lab {

/// What makes a lab's regular instances, as its configuration asks: a process named "cluster-manager", behind
/// a socket in the state folder. It ends, with all that it made, when the object goes or this process does.
class RegularTrack {
 public:
  static std::expected<RegularTrack, std::string> launch(const LabConfig& config);

  /// False when it did not end by itself: then what it made is still there.
  bool end();

 private:
  std::optional<WorkerProcess> oci_;            ///< of Manager::kOci; the state folder is its own
  std::optional<sandbox::StateFolder> folder_;  ///< of Manager::kCri, and goes after the process
  std::optional<manager::ManagerProcess> pods_;
};

/// Where it listens.
std::filesystem::path regular_socket(const LabConfig& config);

}  // namespace faastax::lab
