// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "controlplane/sandbox/cgroups.hpp"
#include "controlplane/sandbox/child_process.hpp"
#include "controlplane/sandbox/driver.hpp"
#include "controlplane/sandbox/household.hpp"
#include "controlplane/sandbox/state_folder.hpp"

namespace faastax::sandbox {

/// Ends and removes whatever instances of the lab's regular track there are, by their cgroups. Only for who
/// holds the regular track's lock alone (regular_lock.hpp): what a killed run left.
void remove_regular_leftovers();

/// Sandboxes by an OCI runtime's command line, runc or crun. The calling process becomes a subreaper: the
/// sandboxes' main processes, detached from their runtime, are its children. It must have no children but the
/// driver's: orphans that are not known are reaped.
///
/// Everything on disk is below one state folder: `rootfs/` (the function program), `runtime/` (the runtime's
/// own state) and `bundles/<instance>/`. What a run that was killed left there or in the lab's cgroups is
/// removed when a driver opens, and all of it when the driver goes. One driver a machine.
class OciDriver final : public SandboxDriver {
 public:
  struct Options {
    std::string runtime;  ///< "runc" or "crun": looked up in PATH
    std::filesystem::path state_folder;
    std::span<const std::byte> function_program;  ///< the static executable to run in each sandbox
  };

  static std::expected<std::unique_ptr<OciDriver>, std::string> open(const Options& options);
  ~OciDriver() override;

  std::expected<std::unique_ptr<Sandbox>, std::string> start(const SandboxSpec& spec) override;
  std::expected<void, std::string> stop(std::unique_ptr<Sandbox> sandbox) override;

 private:
  OciDriver(std::filesystem::path runtime, Fd lock, StateFolder folder);
  std::expected<void, std::string> prepare(std::span<const std::byte> function_program);
  std::expected<ChildProcess, std::string> run(const SandboxSpec& spec, const std::filesystem::path& bundle);
  std::expected<void, std::string> call(std::vector<std::string> arguments,
                                        const std::filesystem::path& errors);
  void forget(const std::string& instance);
  std::filesystem::path bundle_of(const std::string& instance) const {
    return folder_.path() / "bundles" / instance;
  }

  std::filesystem::path runtime_;
  Fd lock_;
  StateFolder folder_;
  Fd mount_namespace_;  ///< where crun works on a hybrid layout; none otherwise
  std::vector<Hierarchy> hierarchies_;
  Household household_;
};

}  // namespace faastax::sandbox
