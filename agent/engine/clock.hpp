// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <time.h>
#include <unistd.h>

#include "ledger/types.hpp"

namespace faastax::engine {

inline ledger::Nanoseconds read_clock(clockid_t id) {
  timespec now{};
  ::clock_gettime(id, &now);
  return static_cast<ledger::Nanoseconds>(now.tv_sec) * 1'000'000'000 +
         static_cast<ledger::Nanoseconds>(now.tv_nsec);
}

/// CLOCK_MONOTONIC.
inline ledger::Nanoseconds monotonic_now() { return read_clock(CLOCK_MONOTONIC); }

/// Bytes; the kernel's side counts memory in pages.
inline std::uint64_t page_size() {
  static const auto kSize = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return kSize;
}

}  // namespace faastax::engine
