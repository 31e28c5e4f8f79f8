// SPDX-License-Identifier: Apache-2.0
#include "controlplane/manager/end_request.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace faastax::manager {
namespace {

sandbox::Fd blocked_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return sandbox::Fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

}  // namespace

EndRequest::EndRequest() : started_by_(getppid()), signals_(blocked_signals()) {}

bool EndRequest::watch_parent() {
  parent_ = sandbox::Fd(static_cast<int>(syscall(SYS_pidfd_open, started_by_, 0)));
  const bool watched = static_cast<bool>(parent_) || errno == ESRCH;
  // Whoever has that number now need not be who it was.
  orphaned_ = getppid() != started_by_ || !parent_;
  return watched;
}

bool EndRequest::came() const {
  std::array<pollfd, 2> polled{pollfd{signals_.get(), POLLIN, 0}, pollfd{parent_.get(), POLLIN, 0}};
  return orphaned_ || poll(polled.data(), polled.size(), 0) > 0;
}

}  // namespace faastax::manager
