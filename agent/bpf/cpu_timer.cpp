// SPDX-License-Identifier: Apache-2.0
#include "agent/bpf/cpu_timer.hpp"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace faastax::bpf {
namespace {

base::UniqueFd open_event(unsigned cpu, std::chrono::nanoseconds period) {
  perf_event_attr attributes{};
  attributes.size = sizeof(attributes);
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_CPU_CLOCK;
  attributes.sample_period = static_cast<__u64>(period.count());
  attributes.disabled = 1;
  return base::UniqueFd(static_cast<int>(
      ::syscall(SYS_perf_event_open, &attributes, -1, static_cast<int>(cpu), -1, PERF_FLAG_FD_CLOEXEC)));
}

}  // namespace

base::Result<CpuTimer> CpuTimer::open(bpf_program* program, const std::vector<unsigned>& cpus,
                                      std::chrono::nanoseconds period) {
  CpuTimer timer;
  for (const unsigned cpu : cpus) {
    base::UniqueFd event = open_event(cpu, period);
    if (!event && errno == ENODEV) continue;  // it went offline
    const std::string which = "the clock of CPU " + std::to_string(cpu) + ": ";
    if (!event) return base::failure("cannot open " + which + std::strerror(errno));
    // The link closes the descriptor that it is given.
    const int given = ::fcntl(event.get(), F_DUPFD_CLOEXEC, 0);
    bpf_link* link = bpf_program__attach_perf_event(program, given);
    if (link == nullptr) {
      const std::string reason = std::strerror(errno);
      ::close(given);
      return base::failure("cannot attach to " + which + reason);
    }
    timer.events_.push_back({std::move(event), std::unique_ptr<bpf_link, LinkDeleter>(link)});
  }
  timer.running_ = true;  // attaching starts it
  timer.run(false);
  return timer;
}

void CpuTimer::run(bool on) {
  if (running_ == on) return;
  running_ = on;
  for (const Event& event : events_)
    ::ioctl(event.fd.get(), on ? PERF_EVENT_IOC_ENABLE : PERF_EVENT_IOC_DISABLE, 0);
}

}  // namespace faastax::bpf
