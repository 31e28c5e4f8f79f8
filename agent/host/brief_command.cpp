// SPDX-License-Identifier: Apache-2.0
#include "agent/host/brief_command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace faastax::host {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostBytes = 64 * 1024;

std::string message_of(int error) { return std::generic_category().message(error); }

/// Both ends of a pipe, closed with it.
class Pipe {
 public:
  Pipe() { ok_ = ::pipe2(ends_.data(), O_CLOEXEC) == 0; }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  bool ok() const { return ok_; }
  int reader() const { return ends_[0]; }
  int writer() const { return ends_[1]; }
  void close_writer() { close_end(1); }

 private:
  void close_end(std::size_t which) {
    if (ends_[which] >= 0) ::close(ends_[which]);
    ends_[which] = -1;
  }
  bool ok_ = false;
  std::array<int, 2> ends_{-1, -1};
};

/// A process that never outlives this object.
class Child {
 public:
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    wait();
  }
  Child() = default;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// 0 or an errno.
  int start(const std::vector<std::string>& command, int output) {
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t pid = 0;
    const int error = ::posix_spawnp(&pid, arguments.front(), &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error == 0) pid_ = pid;
    return error;
  }

  /// Its status as wait(2) has it.
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return status;
  }

 private:
  pid_t pid_ = 0;
};

/// Reads until the other end is closed; false when that takes longer.
bool read_until(Clock::time_point deadline, int fd, std::string& output) {
  std::array<char, 4096> buffer;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
    const int ready = left > 0 ? ::poll(&waiting, 1, static_cast<int>(left)) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0;
    const std::size_t room = kMostBytes - output.size();
    output.append(buffer.data(), std::min(static_cast<std::size_t>(got), room));
  }
}

}  // namespace

std::expected<std::string, std::string> run_briefly(const std::vector<std::string>& command,
                                                    std::chrono::milliseconds timeout) {
  if (command.empty()) return std::unexpected("no command");
  const auto deadline = Clock::now() + timeout;
  Pipe pipe;
  if (!pipe.ok()) return std::unexpected("pipe: " + message_of(errno));
  Child child;
  if (const int error = child.start(command, pipe.writer()); error != 0) {
    return std::unexpected(command.front() + ": " + message_of(error));
  }
  pipe.close_writer();
  std::string output;
  if (!read_until(deadline, pipe.reader(), output))
    return std::unexpected(command.front() + ": no answer in time");
  const int status = child.wait();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::unexpected(command.front() + ": failed");
  return output;
}

}  // namespace faastax::host
