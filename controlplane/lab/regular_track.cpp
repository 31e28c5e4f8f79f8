// SPDX-License-Identifier: Apache-2.0
#include "controlplane/lab/regular_track.hpp"

#include "controlplane/function/function_image.hpp"
#include "controlplane/lab/oci_process.hpp"

namespace faastax::lab {
namespace {

std::filesystem::path manager_folder(const LabConfig& config) { return config.state_folder / "manager"; }

// It is beside the program that this one is.
std::filesystem::path sidecar_program() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "queue-proxy";
}

}  // namespace

std::filesystem::path regular_socket(const LabConfig& config) {
  if (config.manager == Manager::kOci) return oci_socket(config);
  return manager::ManagerProcess::socket_in(manager_folder(config));
}

std::expected<RegularTrack, std::string> RegularTrack::launch(const LabConfig& config) {
  RegularTrack track;
  if (config.manager == Manager::kOci) {
    auto process = launch_oci_process(config);
    if (!process) return std::unexpected(process.error());
    track.oci_.emplace(std::move(*process));
    return track;
  }
  auto folder = sandbox::StateFolder::open(config.state_folder);
  if (!folder) return std::unexpected(folder.error());
  track.folder_.emplace(std::move(*folder));
  auto pods = manager::ManagerProcess::launch({.state_folder = manager_folder(config),
                                               .cri_socket = config.cri_socket,
                                               .function_program = function_image(),
                                               .sidecar_program = config.sidecar ? sidecar_program() : ""});
  if (!pods) return std::unexpected(pods.error());
  track.pods_.emplace(std::move(*pods));
  return track;
}

bool RegularTrack::end() {
  if (pods_) return pods_->end();
  return oci_->end_or_kill(kEndLimit) == 0;
}

}  // namespace faastax::lab
