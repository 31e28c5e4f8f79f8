// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>

#include "agent/base/result.hpp"

/// Linux capabilities of the calling thread. They are a thread's own: one that is started inherits them, and
/// what another gives up afterwards it keeps. See capabilities(7).
namespace faastax::base {

/// A set of capabilities by their numbers in linux/capability.h.
class Capabilities {
 public:
  constexpr Capabilities() = default;
  constexpr explicit Capabilities(std::uint64_t bits) : bits_(bits) {}
  constexpr Capabilities(std::initializer_list<unsigned> numbers) {
    for (const unsigned number : numbers) bits_ |= bit(number);
  }

  constexpr bool has(unsigned number) const { return (bits_ & bit(number)) != 0; }
  constexpr Capabilities with(unsigned number) const { return Capabilities(bits_ | bit(number)); }
  constexpr Capabilities without(unsigned number) const { return Capabilities(bits_ & ~bit(number)); }
  constexpr Capabilities both(Capabilities other) const { return Capabilities(bits_ & other.bits_); }
  constexpr std::uint64_t bits() const { return bits_; }
  constexpr bool operator==(const Capabilities&) const = default;

 private:
  static constexpr std::uint64_t bit(unsigned number) { return std::uint64_t{1} << number; }

  std::uint64_t bits_ = 0;
};

/// The calling thread's effective ones; none when the kernel does not say.
Capabilities effective_capabilities();

/// Gives up for good, in the calling thread and what it starts, all capabilities but these. What it never
/// had is not in the result of effective_capabilities() afterwards either.
Result<void> keep_only(Capabilities kept);

/// Whether `work` succeeds while this thread's capability `number` has no effect. It has it again afterwards.
bool works_without(unsigned number, const std::function<bool()>& work);

/// No program that this process runs from now on gains privileges by it (set-user-ID, file capabilities).
Result<void> forbid_new_privileges();

}  // namespace faastax::base
