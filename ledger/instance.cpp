// SPDX-License-Identifier: Apache-2.0
#include "ledger/instance.hpp"

namespace faastax::ledger {
namespace {

// wait(2): the low seven bits are the signal, the second byte is the exit code.
constexpr std::int32_t kSignalMask = 0x7f;
constexpr std::int32_t kKill = 9;
std::int32_t signal_of(std::int32_t status) { return status & kSignalMask; }
std::int32_t code_of(std::int32_t status) { return (status >> 8) & 0xff; }

}  // namespace

std::string end_reason(const Instance& instance) {
  if (instance.create_failed) return "create_failed";
  // The kernel may have picked a child, and the main process went on.
  if (instance.oom && (!instance.exit_status || signal_of(*instance.exit_status) == kKill)) return "oom";
  if (instance.exit_status) return signal_of(*instance.exit_status) != 0 ? "signal" : "exit";
  return instance.stop_signal != 0 ? "signal" : "exit";
}

std::string describe_end(const Instance& instance) {
  if (!instance.is_over()) return {};
  const std::string reason = end_reason(instance);
  if (reason == "signal") {
    const auto signal = instance.exit_status ? signal_of(*instance.exit_status)
                                             : static_cast<std::int32_t>(instance.stop_signal);
    return "signal:" + std::to_string(signal);
  }
  if (reason == "exit")
    return "exit:" + std::to_string(instance.exit_status ? code_of(*instance.exit_status) : 0);
  return reason;
}

}  // namespace faastax::ledger
