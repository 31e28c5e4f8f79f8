// SPDX-License-Identifier: Apache-2.0
#include "controlplane/emergency/instance.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "controlplane/function/template_protocol.h"

namespace faastax::emergency {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;
using namespace std::chrono_literals;

namespace {

constexpr auto kBetweenEnds = 10ms;

}  // namespace

Instance::Instance(asio::io_context& io, Parts parts, Callbacks callbacks)
    : io_(io),
      parts_(std::move(parts)),
      callbacks_(std::move(callbacks)),
      report_(io),
      pidfd_(io),
      retry_(io) {}

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
  if (incoming_[0] != FAASTAX_TEMPLATE_LISTENS) {
    complaint_.append(incoming_.data(), size);
    return read_report();
  }
  boost::system::error_code error;
  report_.close(error);
  reported_ = true;
  tell_that_it_listens();
}

void Instance::tell_that_it_listens() {
  // Its report may come before the template's answer. And when it is to end, nobody waits for it any more.
  if (!reported_ || pid_ == 0 || stopping_ || listened_) return;
  listened_ = true;
  callbacks_.listens(*this);
}

void Instance::forked(pid_t pid) {
  if (ended_ || pid_ != 0) return;
  if (pid < 0) return end(fmt::format("cannot be forked: {}", std::strerror(-pid)));
  pid_ = pid;
  const long pidfd = syscall(SYS_pidfd_open, pid, 0);
  if (pidfd < 0) {
    complaint_ = fmt::format("its process cannot be watched: {}", std::strerror(errno));
    stopping_ = true;
    kill();
    return ask_for_end();
  }
  pidfd_.assign(static_cast<int>(pidfd));
  wait_for_end();
  if (stopping_) kill();
  tell_that_it_listens();
}

void Instance::abandoned(const std::string& reason) {
  if (ended_ || pid_ != 0) return;  // made before: it serves on
  stopping_ = true;
  complaint_ = reason;
  // The child may be there, with nobody left to tell its pid.
  const auto pid = parts_.cgroup.first_process();
  if (pid) return *pid == 0 ? end(reason) : forked(*pid);
  retry_.expires_after(kBetweenEnds);
  retry_.async_wait([self = shared_from_this(), reason](const boost::system::error_code& error) {
    if (!error) self->abandoned(reason);
  });
}

void Instance::stop() {
  if (ended_ || std::exchange(stopping_, true)) return;
  kill();
}

// It is our child and not waited for, so the pid is its own; and killing it needs no descriptor, of which
// there may be none left.
void Instance::kill() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
}

void Instance::wait_for_end() {
  pidfd_.async_wait(stream_descriptor::wait_read,
                    [self = shared_from_this()](const boost::system::error_code& error) {
                      if (!error) self->has_been_waited_for();
                    });
}

void Instance::ask_for_end() {
  if (has_been_waited_for()) return;
  retry_.expires_after(kBetweenEnds);
  retry_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->ask_for_end();
  });
}

bool Instance::has_been_waited_for() {
  siginfo_t info{};
  if (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0) return false;
  out_of_memory_ = !stopping_ && parts_.cgroup.ran_out_of_memory();
  end(fmt::format("{} {}", info.si_code == CLD_EXITED ? "exit" : "signal", info.si_status));
  return true;
}

// The first process of a pid namespace takes all others with it: when it has been waited for there is none.
void Instance::end(std::string how) {
  if (std::exchange(ended_, true)) return;
  how_ = std::move(how);
  boost::system::error_code error;
  // Its last word may be there unread: both descriptors became readable at once.
  if (report_.is_open()) {
    report_.non_blocking(true, error);
    const std::size_t size = report_.read_some(asio::buffer(incoming_), error);
    if (!error && size > 0 && incoming_[0] == FAASTAX_TEMPLATE_LISTENS) {
      take_report(size);
    } else if (!error) {
      complaint_.append(incoming_.data(), size);
    }
  }
  report_.close(error);
  pidfd_.close(error);
  retry_.cancel();
  callbacks_.ended(*this);
}

std::string Instance::reason() const {
  if (out_of_memory_) return "it used more memory than its limit";
  if (!complaint_.empty()) return complaint_.substr(0, complaint_.find('\n'));
  return stopping_ ? "stopped" : how_;
}

}  // namespace faastax::emergency
