// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/stop_signals.hpp"

#include <sys/signalfd.h>

#include <cerrno>

namespace faastax::daemon {

base::Result<StopSignals> StopSignals::take() {
  ::signal(SIGHUP, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  if (const int error = ::pthread_sigmask(SIG_BLOCK, &set, nullptr); error != 0) {
    return base::failure("cannot block signals", error);
  }
  base::UniqueFd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return base::failure("cannot make a signal descriptor", errno);
  return StopSignals(std::move(fd));
}

}  // namespace faastax::daemon
