// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bpf/libbpf.h>

#include <chrono>
#include <memory>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/base/unique_fd.hpp"

namespace faastax::bpf {

/// Runs a program at a steady pace on each CPU, by the kernel's cpu-clock. It costs a timer interrupt each
/// time, on idle CPUs too, so it starts stopped and should run only while it is needed.
class CpuTimer {
 public:
  CpuTimer() = default;
  CpuTimer(CpuTimer&&) noexcept = default;
  CpuTimer& operator=(CpuTimer&&) noexcept = default;

  static base::Result<CpuTimer> open(bpf_program* program, const std::vector<unsigned>& cpus,
                                     std::chrono::nanoseconds period);

  void run(bool on);

 private:
  struct LinkDeleter {
    void operator()(bpf_link* link) const { bpf_link__destroy(link); }
  };
  struct Event {
    base::UniqueFd fd;
    std::unique_ptr<bpf_link, LinkDeleter> link;
  };

  std::vector<Event> events_;
  bool running_ = false;
};

}  // namespace faastax::bpf
