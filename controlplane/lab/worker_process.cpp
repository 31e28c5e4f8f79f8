// SPDX-License-Identifier: Apache-2.0
#include "controlplane/lab/worker_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace faastax::lab {
namespace {

using nlohmann::json;
using sandbox::Fd;

struct Pipe {
  Fd read_end;
  Fd write_end;
};

std::expected<Pipe, std::string> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected("cannot make a pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

// The other descriptors may hold BPF programs, sockets and other workers' pipes: none of them outlives its
// owner here.
void close_all_but(int a, int b) {
  const unsigned low = static_cast<unsigned>(std::min(a, b));
  const unsigned high = static_cast<unsigned>(std::max(a, b));
  if (low > STDERR_FILENO + 1) syscall(SYS_close_range, STDERR_FILENO + 1, low - 1, 0);
  if (high > low + 1) syscall(SYS_close_range, low + 1, high - 1, 0);
  syscall(SYS_close_range, high + 1, ~0U, 0);
}

void become(const char* name, const WorkerPipes& pipes) {
  prctl(PR_SET_NAME, name);
  close_all_but(pipes.control, pipes.messages);
  // Blocked, not ignored: what the worker starts begins with no signal blocked, but would ignore it too.
  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGINT);
  sigaddset(&stops, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stops, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

}  // namespace

bool send_message(int pipe, const json& message) {
  const std::string line = message.dump() + '\n';
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t wrote = write(pipe, line.data() + done, line.size() - done);
    if (wrote <= 0) return false;
    done += static_cast<std::size_t>(wrote);
  }
  return true;
}

std::expected<WorkerProcess, std::string> WorkerProcess::launch(
    const char* name, const std::function<int(const WorkerPipes&)>& body) {
  auto control = make_pipe();
  auto messages = make_pipe();
  if (!control || !messages) return std::unexpected("cannot make pipes");
  const pid_t pid = fork();
  if (pid == 0) {
    const WorkerPipes pipes{control->read_end.get(), messages->write_end.get()};
    become(name, pipes);
    _exit(body(pipes));
  }
  auto child = pid < 0 ? std::unexpected(std::string("cannot fork")) : sandbox::ChildProcess::adopt(pid);
  if (!child) return std::unexpected(child.error());
  return WorkerProcess(name, std::move(*child), std::move(control->write_end), std::move(messages->read_end));
}

std::optional<json> WorkerProcess::buffered_message() {
  const auto end = received_.find('\n');
  if (end == received_.npos) return std::nullopt;
  json message = json::parse(received_.substr(0, end), nullptr, false);
  received_.erase(0, end + 1);
  return message;
}

bool WorkerProcess::read_more() {
  std::array<char, 65536> chunk{};
  const ssize_t got = read(messages_.get(), chunk.data(), chunk.size());
  if (got > 0) received_.append(chunk.data(), static_cast<std::size_t>(got));
  return got > 0;
}

std::expected<json, std::string> WorkerProcess::next_message() {
  for (;;) {
    if (auto message = buffered_message()) return std::move(*message);
    if (!read_more()) return std::unexpected("the " + name_ + " process ended");
  }
}

std::optional<int> WorkerProcess::end(std::chrono::milliseconds limit) {
  control_.reset();
  messages_.reset();
  return child_.wait(limit);
}

std::optional<int> WorkerProcess::end_or_kill(std::chrono::milliseconds limit) {
  const auto code = end(limit);
  if (!code) {
    signal(SIGKILL);
    child_.wait(limit);
  }
  return code;
}

}  // namespace faastax::lab
