// SPDX-License-Identifier: Apache-2.0
#include "controlplane/manager/containerd.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>

#include "controlplane/manager/cri_client.hpp"
#include "controlplane/manager/embedded_program.hpp"
#include "controlplane/manager/image_archive.hpp"
#include "controlplane/manager/leftovers.hpp"
#include "controlplane/sandbox/cgroups.hpp"
#include "controlplane/sandbox/files.hpp"
#include "controlplane/sandbox/find_program.hpp"
#include "controlplane/sandbox/regular_lock.hpp"

namespace faastax::manager {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using sandbox::ChildProcess;
using sandbox::Fd;

constexpr auto kAnswerLimit = 20s;
constexpr auto kCommandLimit = 30s;
constexpr auto kBeforeRestart = 200ms;  // one that fails at once shall not take a CPU
constexpr auto kBetweenLooks = 250ms;
constexpr auto kBegunLimit = 5s;
constexpr std::array kMountPoints{"/run/containerd", "/var/lib/cni"};
constexpr const char* kPauseImage = "faastax.dev/pause:1";

std::unexpected<std::string> failed(const std::string& what) {
  return std::unexpected(what + ": " + std::strerror(errno));
}

// What containerd, its shims and CNI have fixed below /run and /var is laid over by the node's own. Moves the
// calling thread for good.
std::expected<Fd, std::string> move_to_own_mounts() {
  if (unshare(CLONE_FS | CLONE_NEWNS) != 0) return failed("containerd's mounts: unshare");
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return failed("private mounts");
  for (const char* point : kMountPoints) {
    if (mount("tmpfs", point, "tmpfs", 0, "mode=711") != 0) return failed(point);
  }
  Fd made(open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC));
  if (!made) return failed("containerd's mounts: open");
  return made;
}

std::expected<Fd, std::string> own_mounts() {
  std::expected<Fd, std::string> result = std::unexpected("no helper thread");
  std::thread([&result] { result = move_to_own_mounts(); }).join();
  return result;
}

std::expected<fs::path, std::string> plugin_folder() {
  for (const char* folder : {"/usr/lib/cni", "/opt/cni/bin"}) {
    if (access((fs::path(folder) / "bridge").c_str(), X_OK) == 0) return folder;
  }
  return std::unexpected("no CNI plugins in /usr/lib/cni; apt install containernetworking-plugins");
}

std::expected<void, std::string> run(const ChildProcess::Command& command) {
  auto process = ChildProcess::spawn(command);
  if (!process) return std::unexpected(process.error());
  const auto code = process->wait(kCommandLimit);
  if (code == 0) return {};
  const std::string name = fs::path(command.arguments.front()).filename().string();
  return std::unexpected(fmt::format("{} failed ({}): {}", name, code ? std::to_string(*code) : "too slow",
                                     sandbox::last_line_of(command.error_file)));
}

// Of a pod that is known and does not run, containerd 1.6 may not know the shim.
std::set<std::string> running(const std::vector<ListedPod>& pods) {
  std::set<std::string> ids;
  for (const ListedPod& pod : pods) {
    if (pod.ready) ids.insert(pod.id);
  }
  return ids;
}

void join_cgroup(pid_t pid) {
  for (const sandbox::Hierarchy& hierarchy : sandbox::hierarchies()) {
    if (!hierarchy.v2) continue;
    const fs::path cgroup = hierarchy.mount_point / fs::path(kContainerdCgroup).relative_path();
    std::error_code error;
    fs::create_directories(cgroup, error);
    std::ofstream(cgroup / "cgroup.procs") << pid;
  }
}

}  // namespace

std::expected<void, std::string> import_image(const fs::path& socket, const fs::path& folder,
                                              const std::string& reference, const std::string& path,
                                              std::span<const std::byte> program) {
  const auto ctr = sandbox::find_program("ctr", "containerd");
  if (!ctr) return std::unexpected(ctr.error());
  const fs::path archive = folder / "image.tar";
  if (auto wrote = sandbox::write_file(archive, image_archive(reference, path, program)); !wrote)
    return wrote;
  const auto done =
      run({{ctr->string(), "--address", socket, "--namespace", "k8s.io", "images", "import", archive},
           folder / "import-errors"});
  std::error_code error;
  fs::remove(archive, error);
  return done;
}

std::expected<std::unique_ptr<Containerd>, std::string> Containerd::start(const Options& options) {
  if (geteuid() != 0) return std::unexpected("containerd needs root");
  const auto plugins = plugin_folder();
  if (!plugins) return std::unexpected(plugins.error());
  for (const char* needed : {"containerd-shim-runc-v2", "runc", "ip"}) {
    if (const auto found = sandbox::find_program(needed); !found) return std::unexpected(found.error());
  }
  const auto program = sandbox::find_program("containerd");
  if (!program) return std::unexpected(program.error());
  auto lock = sandbox::lock_regular_track(sandbox::RegularUse::kExclusive);
  if (!lock) return std::unexpected(lock.error());
  auto folder = sandbox::StateFolder::open(options.folder);
  if (!folder) return std::unexpected(folder.error());
  std::unique_ptr<Containerd> self(
      new Containerd({options.folder, *plugins, options.bridge, options.subnet, kPauseImage},
                     program->string(), std::move(*lock), std::move(*folder)));
  if (auto prepared = self->prepare(); !prepared) return std::unexpected(prepared.error());
  if (auto launched = self->launch(); !launched) return std::unexpected(launched.error());
  if (auto answers = self->wait_until_it_answers(options.give_up); !answers)
    return std::unexpected(answers.error());
  auto paused = import_image(self->socket(), options.folder, kPauseImage, "/pause", pause_program());
  if (!paused) return std::unexpected(paused.error());
  self->supervisor_ = std::thread([raw = self.get()] { raw->supervise(); });
  return self;
}

Containerd::Containerd(ContainerdLayout layout, std::string program, Fd lock, sandbox::StateFolder folder)
    : layout_(std::move(layout)),
      program_(std::move(program)),
      lock_(std::move(lock)),
      folder_(std::move(folder)),
      stop_(eventfd(0, EFD_CLOEXEC)) {}

std::expected<void, std::string> Containerd::prepare() {
  remove_containerd_leftovers(layout_.bridge);
  folder_.clear();
  // From here on other managers may use this containerd.
  if (auto shared = sandbox::share_regular_track(lock_); !shared) return shared;
  is_prepared_ = true;
  std::error_code error;
  fs::create_directories(layout_.folder / "cni", error);
  if (auto wrote = sandbox::write_file(layout_.config(), containerd_config(layout_)); !wrote) return wrote;
  if (auto wrote = sandbox::write_file(layout_.network(), network_config(layout_)); !wrote) return wrote;
  for (const char* point : kMountPoints) {
    if (fs::create_directories(point, error)) made_.emplace_back(point);
  }
  auto mounts = own_mounts();
  if (!mounts) return std::unexpected(mounts.error());
  mounts_ = std::move(*mounts);
  return {};
}

std::expected<void, std::string> Containerd::launch() {
  auto process = ChildProcess::spawn(
      {{program_, "--config", layout_.config(), "--log-level", "warn"}, layout_.log(), mounts_.get()});
  if (!process) return std::unexpected(process.error());
  join_cgroup(process->pid());
  process_ = std::make_unique<ChildProcess>(std::move(*process));
  return {};
}

std::expected<void, std::string> Containerd::wait_until_it_answers(const std::function<bool()>& give_up) {
  CriClient client(socket());
  const auto end = std::chrono::steady_clock::now() + kAnswerLimit;
  while (!client.wait_until_it_answers(kBetweenLooks)) {
    if (give_up()) return std::unexpected("told to end before containerd answered");
    if (std::chrono::steady_clock::now() > end)
      return std::unexpected(fmt::format("containerd does not answer; see {}", layout_.log().string()));
  }
  return {};
}

void Containerd::supervise() {
  for (;;) {
    std::array<pollfd, 2> polled{pollfd{stop_.get(), POLLIN, 0}, pollfd{process_->pidfd(), POLLIN, 0}};
    if (poll(polled.data(), polled.size(), -1) < 0) continue;
    if (polled[0].revents != 0) return;
    process_->wait(0ms);
    const auto is_told_to_stop = [&polled] { return poll(polled.data(), 1, 0) > 0; };
    let_begun_work_end(kContainerdCgroup, kBegunLimit, is_told_to_stop);
    const Remains remains =
        find_remains(kContainerdCgroup, layout_.leases() / kNetworkName, layout_.namespaces(), mounts_.get());
    do {
      if (poll(polled.data(), 1, static_cast<int>(kBeforeRestart.count())) > 0) return;
    } while (!launch());
    if (const auto pods = pods_once_it_knows()) remove_remains(remains, running(*pods), mounts_.get());
  }
}

// It answers calls with errors until it has read what there was. Nothing if it died again, or shall not be
// waited for.
std::optional<std::vector<ListedPod>> Containerd::pods_once_it_knows() {
  CriClient client(socket());
  for (;;) {
    if (auto pods = client.list_pods("", "")) return std::move(*pods);
    std::array<pollfd, 2> polled{pollfd{stop_.get(), POLLIN, 0}, pollfd{process_->pidfd(), POLLIN, 0}};
    if (poll(polled.data(), polled.size(), static_cast<int>(kBetweenLooks.count())) > 0) return std::nullopt;
  }
}

Containerd::~Containerd() {
  if (supervisor_.joinable()) {
    const std::uint64_t one = 1;
    (void)!write(stop_.get(), &one, sizeof one);
    supervisor_.join();
  }
  process_.reset();
  mounts_.reset();
  if (is_prepared_) remove_containerd_leftovers(layout_.bridge);
  for (const fs::path& point : made_) rmdir(point.c_str());  // if nobody uses it now
}

}  // namespace faastax::manager
