// SPDX-License-Identifier: Apache-2.0
#include "agent/bpf/cpu_clock.hpp"

#include <algorithm>

namespace faastax::bpf {

std::uint64_t wall_ns(const fx_cpu& line) {
  // A CPU that has just opened its own books has not been flushed: nothing of it is read yet.
  const std::uint64_t open = line.flushed_mono_ns != 0 ? line.flushed_mono_ns - line.opened_mono_ns : 0;
  return line.closed_wall_ns + open;
}

void close_books(fx_cpu& line) {
  if (line.flushed_mono_ns == 0) return;
  const auto switched = static_cast<std::uint64_t>(line.start_clock_ns + line.clock_offset_ns);
  line.closed_wall_ns += std::max<std::uint64_t>(line.flushed_mono_ns, switched) - line.opened_mono_ns;
  line.calibrated_ns = 0;
  line.flushed_mono_ns = 0;
}

}  // namespace faastax::bpf
