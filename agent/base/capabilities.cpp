// SPDX-License-Identifier: Apache-2.0
#include "agent/base/capabilities.hpp"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

namespace faastax::base {
namespace {

struct Sets {
  Capabilities effective;
  Capabilities permitted;
  Capabilities inheritable;
};

constexpr std::uint64_t joined(std::uint32_t low, std::uint32_t high) {
  return std::uint64_t{high} << 32 | low;
}

std::optional<Sets> read_sets() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> half{};
  if (::syscall(SYS_capget, &header, half.data()) != 0) return std::nullopt;
  return Sets{.effective = Capabilities(joined(half[0].effective, half[1].effective)),
              .permitted = Capabilities(joined(half[0].permitted, half[1].permitted)),
              .inheritable = Capabilities(joined(half[0].inheritable, half[1].inheritable))};
}

bool write_sets(const Sets& sets) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> half{};
  for (std::size_t i = 0; i < half.size(); ++i) {
    const auto shift = static_cast<unsigned>(32 * i);
    half[i] = {.effective = static_cast<std::uint32_t>(sets.effective.bits() >> shift),
               .permitted = static_cast<std::uint32_t>(sets.permitted.bits() >> shift),
               .inheritable = static_cast<std::uint32_t>(sets.inheritable.bits() >> shift)};
  }
  return ::syscall(SYS_capset, &header, half.data()) == 0;
}

/// Without CAP_SETPCAP the bound stays; then no_new_privs is what keeps a program from gaining any.
void lower_bound(Capabilities kept) {
  for (unsigned number = 0; ::prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0; ++number) {
    if (!kept.has(number)) ::prctl(PR_CAPBSET_DROP, number, 0, 0, 0);
  }
}

}  // namespace

Capabilities effective_capabilities() {
  const auto sets = read_sets();
  return sets ? sets->effective : Capabilities();
}

Result<void> keep_only(Capabilities kept) {
  const auto sets = read_sets();
  if (!sets) return failure("cannot read this thread's capabilities", errno);
  lower_bound(kept);
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  const Capabilities left = sets->permitted.both(kept);
  if (!write_sets({.effective = left, .permitted = left, .inheritable = {}}))
    return failure("cannot give up capabilities", errno);
  return {};
}

bool works_without(unsigned number, const std::function<bool()>& work) {
  const auto before = read_sets();
  if (!before) return false;
  Sets lowered = *before;
  lowered.effective = lowered.effective.without(number);
  if (!write_sets(lowered)) return false;
  const bool works = work();
  return write_sets(*before) && works;
}

Result<void> forbid_new_privileges() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) return {};
  return failure("cannot set no_new_privs", errno);
}

}  // namespace faastax::base
