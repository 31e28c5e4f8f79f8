// SPDX-License-Identifier: Apache-2.0
#include "controlplane/emergency/templates.hpp"

#include <fcntl.h>

#include <algorithm>

#include "controlplane/sandbox/files.hpp"

namespace faastax::emergency {

namespace asio = boost::asio;

std::expected<void, std::string> Templates::prepare(const std::string& function) {
  if (const auto found = running_.find(function); found != running_.end()) {
    found->second->used = ++uses_;
    return {};
  }
  make_room();
  std::error_code error;
  std::filesystem::remove(errors_of(function), error);
  auto process = TemplateProcess::start(root_, errors_of(function));
  if (!process) return std::unexpected(process.error());
  const int duplicate = fcntl(process->socket(), F_DUPFD_CLOEXEC, 0);
  if (duplicate < 0) return std::unexpected("no descriptor is left for a template process");
  auto running =
      std::make_shared<Running>(std::move(*process), asio::posix::stream_descriptor(io_, duplicate));
  running->used = ++uses_;
  running_.emplace(function, running);
  watch(function, running);
  return {};
}

void Templates::make_room() {
  while (running_.size() >= most_) {
    auto oldest = running_.end();
    for (auto one = running_.begin(); one != running_.end(); ++one) {
      if (one->second->owed == 0 && (oldest == running_.end() || one->second->used < oldest->second->used))
        oldest = one;
    }
    if (oldest == running_.end()) return;
    std::error_code error;
    std::filesystem::remove(errors_of(oldest->first), error);
    running_.erase(oldest);
  }
}

bool Templates::has(pid_t pid) const {
  return std::ranges::any_of(running_, [pid](const auto& one) { return one.second->process.pid() == pid; });
}

std::expected<void, std::string> Templates::fork(const std::string& function,
                                                 const TemplateProcess::Fork& fork) {
  if (auto prepared = prepare(function); !prepared) return prepared;
  Running& running = *running_.at(function);
  auto asked = running.process.ask(fork);
  if (asked) ++running.owed;
  return asked;
}

void Templates::watch(const std::string& function, const std::shared_ptr<Running>& running) {
  running->socket.async_wait(
      asio::posix::stream_descriptor::wait_read,
      [this, function, weak = std::weak_ptr(running)](const boost::system::error_code& cancelled) {
        const auto alive = weak.lock();
        if (!cancelled && alive) answered(function, alive);
      });
}

void Templates::answered(const std::string& function, const std::shared_ptr<Running>& running) {
  for (;;) {
    const auto answer = running->process.answer();
    if (!answer) {
      const std::string why = sandbox::last_line_of(errors_of(function));
      running_.erase(function);
      if (lost_) lost_(function, why.empty() ? answer.error() : answer.error() + ": " + why);
      return;
    }
    if (!*answer) break;
    if (running->owed > 0) --running->owed;
    if (forked_) forked_(**answer);
  }
  watch(function, running);
}

}  // namespace faastax::emergency
