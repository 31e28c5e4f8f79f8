// SPDX-License-Identifier: Apache-2.0
#include "controlplane/emergency/instance.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "controlplane/function/template_protocol.h"

namespace faastax::emergency {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;

Instance::Instance(asio::io_context& io, Parts parts, Callbacks callbacks)
    : io_(io), parts_(std::move(parts)), callbacks_(std::move(callbacks)), report_(io), pidfd_(io) {}

std::expected<sandbox::Fd, std::string> Instance::open_report() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return std::unexpected(std::string("an instance's report: ") + std::strerror(errno));
  }
  report_.assign(ends[0]);
  read_report();
  return sandbox::Fd(ends[1]);
}

void Instance::read_report() {
  report_.async_read_some(
      asio::buffer(incoming_),
      [self = shared_from_this()](const boost::system::error_code& error, std::size_t size) {
        if (!error) self->take_report(size);
      });
}

void Instance::take_report(std::size_t size) {
  if (!listened_ && incoming_[0] == FAASTAX_TEMPLATE_LISTENS) {
    listened_ = true;
    if (!stopping_) callbacks_.listens(*this);
    return;
  }
  complaint_.append(incoming_.data(), size);
  read_report();
}

void Instance::forked(pid_t pid) {
  if (pid < 0) return end(fmt::format("cannot be forked: {}", std::strerror(-pid)));
  pid_ = pid;
  const long pidfd = syscall(SYS_pidfd_open, pid, 0);
  if (pidfd < 0) return end("its process is not this agent's");
  pidfd_.assign(static_cast<int>(pidfd));
  wait_for_end();
  if (stopping_) parts_.cgroup.kill();
}

void Instance::abandoned(const std::string& reason) {
  if (pid_ != 0) return;  // made before; it serves on
  stopping_ = true;
  complaint_ = reason;
  // The child may be there, with nobody left to tell its pid.
  const pid_t pid = parts_.cgroup.first_process();
  if (pid <= 0) return end(reason);
  forked(pid);
}

void Instance::stop() {
  if (std::exchange(stopping_, true)) return;
  if (pid_ != 0) parts_.cgroup.kill();
}

void Instance::wait_for_end() {
  pidfd_.async_wait(stream_descriptor::wait_read,
                    [self = shared_from_this()](const boost::system::error_code& error) {
                      if (error) return;
                      siginfo_t info{};
                      waitid(P_PID, static_cast<id_t>(self->pid_), &info, WEXITED);
                      self->out_of_memory_ = !self->stopping_ && self->parts_.cgroup.ran_out_of_memory();
                      const bool exited = info.si_code == CLD_EXITED;
                      self->end(fmt::format("{} {}", exited ? "exit" : "signal", info.si_status));
                    });
}

// The first process of a pid namespace takes all others with it: when it has been waited for there is none.
void Instance::end(std::string how) {
  how_ = std::move(how);
  boost::system::error_code error;
  if (report_.is_open() && !listened_) {
    report_.non_blocking(true, error);
    const std::size_t size = report_.read_some(asio::buffer(incoming_), error);
    if (!error) complaint_.append(incoming_.data(), size);
  }
  report_.close(error);
  pidfd_.close(error);
  callbacks_.ended(*this);
}

std::string Instance::reason() const {
  if (out_of_memory_) return "it used more memory than its limit";
  if (!complaint_.empty()) return complaint_.substr(0, complaint_.find('\n'));
  return stopping_ ? "stopped" : how_;
}

}  // namespace faastax::emergency
