// SPDX-License-Identifier: Apache-2.0
#include "controlplane/lab/process.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <tuple>

#include "controlplane/lab/dead_lab.hpp"

namespace faastax::lab {
namespace {

using nlohmann::json;
using sandbox::Fd;

constexpr char kBegin = 'b';
constexpr char kStop = 's';

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

int child_main(const LabPlan& plan, const WorkerPipes& pipes) {
  RunHooks hooks;
  hooks.stop_fd = pipes.control;
  hooks.progress = [&pipes](const LabProgress& progress) {
    send_message(pipes.messages, {{"progress", to_json(progress)}});
  };
  hooks.warm = [&pipes] { send_message(pipes.messages, {{"warm", true}}); };
  hooks.ready = [&] {
    send_message(pipes.messages, {{"ready", true}});
    char byte = 0;
    return read(pipes.control, &byte, 1) == 1 && byte == kBegin;
  };
  const auto result = run_lab(plan, hooks);
  send_message(pipes.messages, result ? json{{"result", to_json(*result)}} : json{{"error", result.error()}});
  return result ? 0 : 1;
}

}  // namespace

std::expected<LabProcess, std::string> LabProcess::launch(const LabPlan& plan) {
  const sigset_t stops = stop_signals();
  sigset_t old_mask;
  pthread_sigmask(SIG_BLOCK, &stops, &old_mask);
  auto worker =
      WorkerProcess::launch("loadgen", [&plan](const WorkerPipes& pipes) { return child_main(plan, pipes); });
  if (!worker) {
    pthread_sigmask(SIG_SETMASK, &old_mask, nullptr);
    return std::unexpected(worker.error());
  }
  LabProcess process(std::move(*worker), plan.config.state_folder, old_mask);
  int no_stop_fd = -1;
  const auto message = process.next_message(no_stop_fd);
  if (!message) return std::unexpected(message.error());
  if (message->contains("error")) return std::unexpected((*message)["error"].get<std::string>());
  return process;
}

LabProcess::LabProcess(WorkerProcess worker, std::filesystem::path state_folder, const sigset_t& old_mask)
    : worker_(std::move(worker)), state_folder_(std::move(state_folder)), old_mask_(old_mask) {}

LabProcess::LabProcess(LabProcess&& other) noexcept
    : worker_(std::move(other.worker_)),
      state_folder_(std::move(other.state_folder_)),
      old_mask_(other.old_mask_),
      alive_(std::exchange(other.alive_, false)) {}

LabProcess::~LabProcess() {
  if (!alive_) return;
  end_of_child();
  pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
}

// Closing both pipes ends a child that still runs; a child that did not end by itself may have left
// sandboxes.
std::string LabProcess::end_of_child() {
  if (worker_.control() < 0) return "";  // waited for before
  const auto code = worker_.end_or_kill(kEndLimit);
  if (code && *code <= 1) return "";
  remove_dead_lab(state_folder_);
  return fmt::format("the load generator was killed ({})", code.value_or(128 + SIGKILL));
}

// Tells the lab once that it is to stop: `stop_fd` stays readable and is -1 from then on.
std::expected<json, std::string> LabProcess::next_message(int& stop_fd) {
  const sigset_t stops = stop_signals();
  const Fd signals(signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK));
  for (;;) {
    if (auto message = worker_.buffered_message()) return std::move(*message);
    std::array<pollfd, 3> polled{pollfd{worker_.messages(), POLLIN, 0}, pollfd{signals.get(), POLLIN, 0},
                                 pollfd{stop_fd, POLLIN, 0}};
    if (poll(polled.data(), polled.size(), -1) < 0) continue;
    if (polled[1].revents != 0) {
      signalfd_siginfo taken{};
      // Written or not: a child that is gone is seen below.
      if (read(signals.get(), &taken, sizeof taken) > 0) std::ignore = write(worker_.control(), &kStop, 1);
    }
    if (polled[2].revents != 0) {
      worker_.signal(SIGTERM);
      stop_fd = -1;
    }
    if (polled[0].revents != 0 && !worker_.read_more()) break;
  }
  const std::string why = end_of_child();
  return std::unexpected(why.empty() ? "the load generator ended without a result" : why);
}

std::expected<LabResult, std::string> LabProcess::run(const ProgressCallback& progress,
                                                      const std::function<void()>& warm, int stop_fd) {
  std::ignore = write(worker_.control(), &kBegin, 1);  // one that is gone has said why, or says it by its end
  for (;;) {
    const auto message = next_message(stop_fd);
    if (!message) return std::unexpected(message.error());
    if (message->contains("progress")) progress(progress_from_json((*message)["progress"]));
    if (message->contains("warm") && warm) warm();
    if (message->contains("error")) return std::unexpected((*message)["error"].get<std::string>());
    if (message->contains("result")) {
      end_of_child();
      return result_from_json((*message)["result"]);
    }
  }
}

}  // namespace faastax::lab
