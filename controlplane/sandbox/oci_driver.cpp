// SPDX-License-Identifier: Apache-2.0
#include "controlplane/sandbox/oci_driver.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <fstream>

#include "controlplane/sandbox/bundle.hpp"
#include "controlplane/sandbox/files.hpp"
#include "controlplane/sandbox/find_program.hpp"
#include "controlplane/sandbox/hybrid.hpp"
#include "controlplane/sandbox/network.hpp"
#include "controlplane/sandbox/regular_lock.hpp"

namespace faastax::sandbox {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

constexpr std::uint16_t kFunctionPort = 8080;
constexpr seconds kRuntimeLimit{30};
constexpr seconds kListenLimit{10};
constexpr seconds kStopLimit{5};

class OciSandbox final : public Sandbox {
 public:
  OciSandbox(std::string instance, ChildProcess main)
      : instance_(std::move(instance)), main_(std::move(main)) {}

  std::expected<Fd, std::string> connect() override {
    return connect_inside(main_.pidfd(), kFunctionPort, kListenLimit);
  }
  Place place() const override {
    return {fmt::format("/proc/{}/ns/net", main_.pid()), "127.0.0.1", kFunctionPort};
  }
  const std::string& instance() const { return instance_; }
  ChildProcess& main() { return main_; }

 private:
  std::string instance_;
  ChildProcess main_;
};

}  // namespace

std::expected<std::unique_ptr<OciDriver>, std::string> OciDriver::open(const Options& options) {
  if (geteuid() != 0) return std::unexpected("sandboxes need root");
  const auto runtime = find_program(options.runtime);
  if (!runtime) return std::unexpected(runtime.error());
  auto lock = lock_regular_track(RegularUse::kExclusive);
  if (!lock) return std::unexpected(lock.error());
  auto folder = StateFolder::open(options.state_folder);
  if (!folder) return std::unexpected(folder.error());
  std::unique_ptr<OciDriver> driver(new OciDriver(*runtime, std::move(*lock), std::move(*folder)));
  if (auto prepared = driver->prepare(options.function_program); !prepared)
    return std::unexpected(prepared.error());
  return driver;
}

OciDriver::OciDriver(fs::path runtime, Fd lock, StateFolder folder)
    : runtime_(std::move(runtime)),
      lock_(std::move(lock)),
      folder_(std::move(folder)),
      hierarchies_(hierarchies()) {}

OciDriver::~OciDriver() { remove_regular_leftovers(); }

void remove_regular_leftovers() {
  // Emergency instances are their agents' to remove; what of theirs is empty may be about to be entered.
  const std::vector<Hierarchy> mounted = hierarchies();
  kill_subtree(mounted, fs::path(kLabCgroup) / "regular");
  for (const Hierarchy& hierarchy : mounted) {
    rmdir((hierarchy.mount_point / fs::path(kLabCgroup).relative_path()).c_str());
  }
}

std::expected<void, std::string> OciDriver::prepare(std::span<const std::byte> function_program) {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return std::unexpected("cannot become a subreaper");
  remove_regular_leftovers();
  const fs::path& folder = folder_.path();
  std::error_code error;
  for (const char* part : {"bundles", "runtime", "rootfs"}) fs::remove_all(folder / part, error);
  // The runtime mounts over /proc and /dev; the root itself is read-only for it.
  for (const char* part : {"bundles", "runtime", "rootfs/proc", "rootfs/dev"}) {
    fs::create_directories(folder / part, error);
  }
  if (auto wrote = write_program(folder / "rootfs/function", function_program); !wrote) return wrote;
  if (runtime_.filename() == "crun" && crun_needs_help(hierarchies_)) {
    auto made = namespace_without_v2_controllers(hierarchies_);
    if (!made) return std::unexpected(made.error());
    mount_namespace_ = std::move(*made);
  }
  return {};
}

std::expected<void, std::string> OciDriver::call(std::vector<std::string> arguments, const fs::path& errors) {
  const std::string verb = arguments.front();
  arguments.insert(arguments.begin(), {runtime_.string(), "--root", (folder_.path() / "runtime").string()});
  auto process = household_.spawn({std::move(arguments), errors, mount_namespace_.get()});
  if (!process) return std::unexpected(process.error());
  const auto code = process->wait(kRuntimeLimit);
  household_.left(process->pid());
  if (code == 0) return {};
  const std::string name = runtime_.filename().string();
  if (!code) return std::unexpected(fmt::format("{} {} takes too long", name, verb));
  return std::unexpected(fmt::format("{} {} failed ({}): {}", name, verb, *code, last_line_of(errors)));
}

std::expected<ChildProcess, std::string> OciDriver::run(const SandboxSpec& spec, const fs::path& bundle) {
  const fs::path pid_file = bundle / "pid";
  auto ran =
      call({"run", "--detach", "--bundle", bundle, "--pid-file", pid_file, spec.instance}, bundle / "errors");
  if (!ran) return std::unexpected(ran.error());
  pid_t pid = 0;
  if (!(std::ifstream(pid_file) >> pid) || pid <= 0) return std::unexpected("the runtime wrote no pid");
  return household_.adopt(pid);
}

void OciDriver::forget(const std::string& instance) {
  std::error_code error;
  fs::remove_all(bundle_of(instance), error);
}

std::expected<std::unique_ptr<Sandbox>, std::string> OciDriver::start(const SandboxSpec& spec) {
  const fs::path bundle = bundle_of(spec.instance);
  std::error_code error;
  fs::create_directories(bundle, error);
  const auto wrote = write_file(bundle / "config.json", oci_config(spec, folder_.path() / "rootfs"));
  if (!wrote) return std::unexpected(wrote.error());
  auto main = run(spec, bundle);
  if (main) return std::make_unique<OciSandbox>(spec.instance, std::move(*main));
  // The runtime's own error counts; the deletion is to be sure that nothing stays.
  (void)call({"delete", "--force", spec.instance}, bundle / "delete-errors");
  forget(spec.instance);
  return std::unexpected(main.error());
}

std::expected<void, std::string> OciDriver::stop(std::unique_ptr<Sandbox> sandbox) {
  auto& mine = static_cast<OciSandbox&>(*sandbox);
  std::expected<void, std::string> result;
  mine.main().signal(SIGTERM);
  const auto code = mine.main().wait(kStopLimit);
  if (!code) {
    result = std::unexpected(mine.instance() + " did not end on SIGTERM and was killed");
  } else if (*code != 0) {
    result = std::unexpected(fmt::format("{} ended with {}", mine.instance(), *code));
  }
  const std::string instance = mine.instance();
  const pid_t pid = mine.main().pid();
  sandbox.reset();
  household_.left(pid);
  const auto removed = call({"delete", "--force", instance}, bundle_of(instance) / "errors");
  if (!removed && result) result = removed;
  forget(instance);
  return result;
}

}  // namespace faastax::sandbox
