// SPDX-License-Identifier: Apache-2.0
#include "controlplane/sandbox/child_process.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "controlplane/sandbox/failed.hpp"
#include "controlplane/sandbox/file_limit.hpp"

namespace faastax::sandbox {
namespace {

constexpr int kExecFailed = 127;
constexpr int kPassedOn = STDERR_FILENO + 1;

// Runs between clone and exec in a copy of a process that has threads: system calls only, no allocation.
[[noreturn]] void become(char* const* arguments, const char* error_file, int mount_namespace, int passed_on) {
  setpgid(0, 0);
  const int null = open("/dev/null", O_RDWR);
  const int errors = open(error_file, O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(null, STDIN_FILENO);
  dup2(null, STDOUT_FILENO);
  dup2(errors >= 0 ? errors : null, STDERR_FILENO);
  if (mount_namespace >= 0 && setns(mount_namespace, CLONE_NEWNS) != 0) _exit(kExecFailed);
  // dup2() of a descriptor to itself would leave it close-on-exec.
  const int aside = passed_on >= 0 ? fcntl(passed_on, F_DUPFD, kPassedOn + 1) : -1;
  if (aside >= 0) dup2(aside, kPassedOn);
  syscall(SYS_close_range, aside >= 0 ? kPassedOn + 1 : kPassedOn, ~0U, 0);
  lower_file_limit();
  signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execv(arguments[0], arguments);
  _exit(kExecFailed);
}

int exit_code(const siginfo_t& info) {
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

}  // namespace

std::expected<ChildProcess, std::string> ChildProcess::spawn(const Command& command) {
  std::vector<char*> arguments;
  for (const std::string& one : command.arguments) arguments.push_back(const_cast<char*>(one.c_str()));
  arguments.push_back(nullptr);
  int pidfd = -1;
  clone_args how{};
  how.flags = CLONE_PIDFD;
  how.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
  how.exit_signal = SIGCHLD;
  const long pid = syscall(SYS_clone3, &how, sizeof how);
  if (pid < 0) return failed("cannot start " + command.arguments.front());
  if (pid == 0)
    become(arguments.data(), command.error_file.c_str(), command.mount_namespace, command.passed_on);
  return ChildProcess(static_cast<pid_t>(pid), Fd(pidfd));
}

std::expected<ChildProcess, std::string> ChildProcess::adopt(pid_t pid) {
  const long pidfd = syscall(SYS_pidfd_open, pid, 0);
  if (pidfd < 0) return failed("no process " + std::to_string(pid));
  return ChildProcess(pid, Fd(static_cast<int>(pidfd)));
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), pidfd_(std::move(other.pidfd_)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    end();
    pid_ = std::exchange(other.pid_, -1);
    pidfd_ = std::move(other.pidfd_);
  }
  return *this;
}

ChildProcess::~ChildProcess() { end(); }

void ChildProcess::end() {
  if (!pidfd_) return;
  signal(SIGKILL);
  wait(std::chrono::seconds(10));
  pidfd_.reset();
}

bool ChildProcess::signal(int number) const {
  return syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0) == 0;
}

std::optional<int> ChildProcess::wait(std::chrono::milliseconds limit) {
  if (!pidfd_) return std::nullopt;
  const auto end = std::chrono::steady_clock::now() + limit;
  pollfd ended{pidfd_.get(), POLLIN, 0};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    const int ready = poll(&ended, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
    if (ready == 0) return std::nullopt;
    if (ready > 0) break;
    if (errno != EINTR) return std::nullopt;
  }
  siginfo_t info{};
  int result = 0;
  do {
    result = waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED);
  } while (result != 0 && errno == EINTR);
  pidfd_.reset();
  // A process that is nobody's child of ours any more has ended all the same.
  return result == 0 ? exit_code(info) : 0;
}

}  // namespace faastax::sandbox
