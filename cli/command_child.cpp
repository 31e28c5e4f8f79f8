// SPDX-License-Identifier: Apache-2.0
#include "cli/command_child.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace faastax::cli {
namespace {

/// In the child: waits for the byte, then becomes the command.
[[noreturn]] void run_command(int start, int failed, char* const* arguments) {
  char byte = 0;
  if (::read(start, &byte, 1) != 1) ::_exit(1);
  ::execvp(arguments[0], arguments);
  const int error = errno;
  [[maybe_unused]] const auto written = ::write(failed, &error, sizeof(error));
  ::_exit(127);
}

base::Result<std::pair<base::UniqueFd, base::UniqueFd>> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return base::failure("cannot make a pipe", errno);
  return std::pair(base::UniqueFd(ends[0]), base::UniqueFd(ends[1]));
}

}  // namespace

CommandChild::CommandChild(pid_t pid, base::UniqueFd pidfd, base::UniqueFd start, base::UniqueFd failed,
                           std::string name)
    : pid_(pid),
      pidfd_(std::move(pidfd)),
      start_(std::move(start)),
      failed_(std::move(failed)),
      name_(std::move(name)) {}

base::Result<CommandChild> CommandChild::fork_waiting(const std::vector<std::string>& command) {
  auto start = make_pipe();
  auto failed = make_pipe();
  if (!start) return base::failure(start.error());
  if (!failed) return base::failure(failed.error());
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid < 0) return base::failure("cannot fork", errno);
  if (pid == 0) {
    start->second.reset();
    run_command(start->first.get(), failed->second.get(), arguments.data());
  }
  base::UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) return base::failure("cannot watch the command (pidfd_open)", errno);
  return CommandChild(pid, std::move(pidfd), std::move(start->second), std::move(failed->first),
                      command.front());
}

base::Result<void> CommandChild::begin() {
  const char byte = 1;
  if (::write(start_.get(), &byte, 1) != 1) return base::failure("the command ended before it began");
  start_.reset();
  int error = 0;
  ssize_t got = 0;
  do {
    got = ::read(failed_.get(), &error, sizeof(error));
  } while (got < 0 && errno == EINTR);
  if (got == static_cast<ssize_t>(sizeof(error))) return base::failure("cannot run " + name_, error);
  return {};
}

int CommandChild::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace faastax::cli
