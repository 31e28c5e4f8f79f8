// SPDX-License-Identifier: Apache-2.0
#include "controlplane/sandbox/oci_driver.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "controlplane/sandbox/bundle.hpp"
#include "controlplane/sandbox/find_program.hpp"
#include "controlplane/sandbox/hybrid.hpp"
#include "controlplane/sandbox/network.hpp"

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

std::string last_line_of(const fs::path& file) {
  std::ifstream stream(file);
  std::string last;
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty()) last = line;
  }
  return last;
}

bool write_file(const fs::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  return !file.fail();
}

}  // namespace

std::expected<std::unique_ptr<OciDriver>, std::string> OciDriver::open(const Options& options) {
  if (geteuid() != 0) return std::unexpected("sandboxes need root");
  const auto runtime = find_program(options.runtime);
  if (!runtime) return std::unexpected(runtime.error());
  std::error_code error;
  fs::create_directories(options.state_folder, error);
  Fd lock(::open((options.state_folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return std::unexpected(fmt::format("{}: cannot be written", options.state_folder.string()));
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return std::unexpected(
        fmt::format("another lab runs on this machine ({})", options.state_folder.string()));
  }
  std::unique_ptr<OciDriver> driver(new OciDriver(*runtime, options.state_folder, std::move(lock)));
  if (auto prepared = driver->prepare(options.function_program); !prepared)
    return std::unexpected(prepared.error());
  return driver;
}

OciDriver::OciDriver(fs::path runtime, fs::path state_folder, Fd lock)
    : runtime_(std::move(runtime)),
      state_folder_(std::move(state_folder)),
      lock_(std::move(lock)),
      hierarchies_(hierarchies()) {}

OciDriver::~OciDriver() {
  remove_leftovers(state_folder_);
  std::error_code error;
  fs::remove_all(state_folder_, error);
}

void remove_leftovers(const fs::path& state_folder) {
  // Emergency instances are their agents' to remove; what of theirs is empty may be about to be entered.
  const std::vector<Hierarchy> mounted = hierarchies();
  kill_subtree(mounted, fs::path(kLabCgroup) / "regular");
  for (const Hierarchy& hierarchy : mounted) {
    rmdir((hierarchy.mount_point / fs::path(kLabCgroup).relative_path()).c_str());
  }
  std::error_code error;
  for (const char* part : {"bundles", "runtime", "rootfs"}) fs::remove_all(state_folder / part, error);
}

std::expected<void, std::string> OciDriver::prepare(std::span<const std::byte> function_program) {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return std::unexpected("cannot become a subreaper");
  remove_leftovers(state_folder_);
  std::error_code error;
  // The runtime mounts over /proc and /dev; the root itself is read-only for it.
  for (const char* part : {"bundles", "runtime", "rootfs/proc", "rootfs/dev"}) {
    fs::create_directories(state_folder_ / part, error);
  }
  const fs::path program = state_folder_ / "rootfs/function";
  const std::string_view image(reinterpret_cast<const char*>(function_program.data()),
                               function_program.size());
  if (!write_file(program, image) || chmod(program.c_str(), 0755) != 0) {
    return std::unexpected(fmt::format("{}: cannot be written", program.string()));
  }
  if (runtime_.filename() == "crun" && crun_needs_help(hierarchies_)) {
    auto made = namespace_without_v2_controllers(hierarchies_);
    if (!made) return std::unexpected(made.error());
    mount_namespace_ = std::move(*made);
  }
  return {};
}

std::expected<void, std::string> OciDriver::call(std::vector<std::string> arguments, const fs::path& errors) {
  const std::string verb = arguments.front();
  arguments.insert(arguments.begin(), {runtime_.string(), "--root", (state_folder_ / "runtime").string()});
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
  if (!write_file(bundle / "config.json", oci_config(spec, state_folder_ / "rootfs"))) {
    return std::unexpected(fmt::format("{}: cannot be written", bundle.string()));
  }
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
