// SPDX-License-Identifier: Apache-2.0
#include "agent/base/stop_signals.hpp"

#include <sys/signalfd.h>

#include <cerrno>

namespace faastax::base {

Result<StopSignals> StopSignals::take() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  if (const int error = ::pthread_sigmask(SIG_BLOCK, &set, nullptr); error != 0) {
    return failure("cannot block signals", error);
  }
  UniqueFd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return failure("cannot make a signal descriptor", errno);
  return StopSignals(std::move(fd));
}

}  // namespace faastax::base
