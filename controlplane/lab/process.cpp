// SPDX-License-Identifier: Apache-2.0
#include "controlplane/lab/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "controlplane/lab/run.hpp"
#include "controlplane/sandbox/oci_driver.hpp"

namespace faastax::lab {
namespace {

using nlohmann::json;
using sandbox::Fd;

constexpr char kBegin = 'b';
constexpr auto kEndLimit = std::chrono::seconds(60);

struct Pipe {
  Fd read_end;
  Fd write_end;
};

std::expected<Pipe, std::string> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected("cannot make a pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

bool write_line(int fd, const json& message) {
  const std::string line = message.dump() + '\n';
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t wrote = write(fd, line.data() + done, line.size() - done);
    if (wrote <= 0) return false;
    done += static_cast<std::size_t>(wrote);
  }
  return true;
}

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

// The parent's other descriptors may hold BPF programs and sockets: none of them outlives the parent here.
void close_all_but(int a, int b) {
  const unsigned low = static_cast<unsigned>(std::min(a, b));
  const unsigned high = static_cast<unsigned>(std::max(a, b));
  if (low > STDERR_FILENO + 1) syscall(SYS_close_range, STDERR_FILENO + 1, low - 1, 0);
  if (high > low + 1) syscall(SYS_close_range, low + 1, high - 1, 0);
  syscall(SYS_close_range, high + 1, ~0U, 0);
}

int child_main(const LabPlan& plan, int control, int messages) {
  prctl(PR_SET_NAME, "loadgen");
  close_all_but(control, messages);
  signal(SIGPIPE, SIG_IGN);
  RunHooks hooks;
  hooks.stop_fd = control;
  hooks.progress = [messages](const LabProgress& progress) {
    write_line(messages, {{"progress", to_json(progress)}});
  };
  hooks.ready = [&] {
    write_line(messages, {{"ready", true}});
    char byte = 0;
    return read(control, &byte, 1) == 1 && byte == kBegin;
  };
  const auto result = run_lab(plan, hooks);
  write_line(messages, result ? json{{"result", to_json(*result)}} : json{{"error", result.error()}});
  return result ? 0 : 1;
}

}  // namespace

std::expected<LabProcess, std::string> LabProcess::launch(const LabPlan& plan) {
  auto control = make_pipe();
  auto messages = make_pipe();
  if (!control || !messages) return std::unexpected("cannot make pipes");
  const sigset_t stops = stop_signals();
  sigset_t old_mask;
  pthread_sigmask(SIG_BLOCK, &stops, &old_mask);
  const pid_t pid = fork();
  if (pid == 0) {
    pthread_sigmask(SIG_UNBLOCK, &stops, nullptr);
    _exit(child_main(plan, control->read_end.get(), messages->write_end.get()));
  }
  auto child = pid < 0 ? std::unexpected(std::string("cannot fork")) : sandbox::ChildProcess::adopt(pid);
  if (!child) {
    pthread_sigmask(SIG_SETMASK, &old_mask, nullptr);
    return std::unexpected(child.error());
  }
  control->read_end.reset();
  messages->write_end.reset();
  LabProcess process(std::move(*child), std::move(control->write_end), std::move(messages->read_end),
                     plan.config.state_folder, old_mask);
  const auto line = process.next_line();
  if (!line) return std::unexpected(line.error());
  const json message = json::parse(*line, nullptr, false);
  if (message.contains("error")) return std::unexpected(message["error"].get<std::string>());
  return process;
}

LabProcess::LabProcess(sandbox::ChildProcess child, Fd control, Fd messages,
                       std::filesystem::path state_folder, const sigset_t& old_mask)
    : child_(std::move(child)),
      control_(std::move(control)),
      messages_(std::move(messages)),
      state_folder_(std::move(state_folder)),
      old_mask_(old_mask) {}

LabProcess::LabProcess(LabProcess&& other) noexcept
    : child_(std::move(other.child_)),
      control_(std::move(other.control_)),
      messages_(std::move(other.messages_)),
      received_(std::move(other.received_)),
      state_folder_(std::move(other.state_folder_)),
      old_mask_(other.old_mask_),
      alive_(std::exchange(other.alive_, false)) {}

LabProcess::~LabProcess() {
  if (!alive_) return;
  end_of_child();
  pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
}

// Closing both pipes ends a child that still runs; a child that did not end by itself left its sandboxes.
std::string LabProcess::end_of_child() {
  control_.reset();
  messages_.reset();
  const auto code = child_.wait(kEndLimit);
  if (code && *code <= 1) return "";
  if (!code && child_.pidfd() >= 0) {
    child_.signal(SIGKILL);
    child_.wait(kEndLimit);
  } else if (!code) {
    return "";  // waited for before
  }
  sandbox::remove_leftovers(state_folder_);
  std::error_code error;
  std::filesystem::remove_all(state_folder_, error);
  return fmt::format("the load generator was killed ({})", code.value_or(128 + SIGKILL));
}

std::expected<std::string, std::string> LabProcess::next_line() {
  const sigset_t stops = stop_signals();
  const Fd signals(signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK));
  for (;;) {
    if (const auto end = received_.find('\n'); end != received_.npos) {
      std::string line = received_.substr(0, end);
      received_.erase(0, end + 1);
      return line;
    }
    std::array<pollfd, 2> polled{pollfd{messages_.get(), POLLIN, 0}, pollfd{signals.get(), POLLIN, 0}};
    if (poll(polled.data(), polled.size(), -1) < 0) continue;
    if (polled[1].revents != 0) {
      signalfd_siginfo taken{};
      if (read(signals.get(), &taken, sizeof taken) > 0) child_.signal(SIGTERM);
    }
    if (polled[0].revents == 0) continue;
    std::array<char, 4096> chunk{};
    const ssize_t got = read(messages_.get(), chunk.data(), chunk.size());
    if (got <= 0) break;
    received_.append(chunk.data(), static_cast<std::size_t>(got));
  }
  const std::string why = end_of_child();
  return std::unexpected(why.empty() ? "the load generator ended without a result" : why);
}

std::expected<LabResult, std::string> LabProcess::run(const ProgressCallback& progress) {
  if (write(control_.get(), &kBegin, 1) != 1) return std::unexpected("the load generator is gone");
  for (;;) {
    const auto line = next_line();
    if (!line) return std::unexpected(line.error());
    const json message = json::parse(*line, nullptr, false);
    if (message.contains("progress")) progress(progress_from_json(message["progress"]));
    if (message.contains("error")) return std::unexpected(message["error"].get<std::string>());
    if (message.contains("result")) {
      end_of_child();
      return result_from_json(message["result"]);
    }
  }
}

std::expected<LabResult, std::string> run_lab_child(const LabPlan& plan, const ProgressCallback& progress) {
  auto process = LabProcess::launch(plan);
  if (!process) return std::unexpected(process.error());
  return process->run(progress);
}

}  // namespace faastax::lab
