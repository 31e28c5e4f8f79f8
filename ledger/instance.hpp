// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/distribution.hpp"
#include "ledger/totals.hpp"
#include "ledger/types.hpp"

namespace faastax::ledger {

/// What became of the time between exec and readiness.
enum class Settlement : std::uint8_t { kOpen, kServer, kJob };

/// One sandbox of a function, from the first command that names it until its cgroup is gone.
struct Instance : std::enable_shared_from_this<Instance> {
  std::uint64_t number = 0;  ///< in order of appearance, since attach
  std::string sandbox;
  std::string runtime;                  ///< the program that made it ("runc"); empty: none was seen to
  std::vector<std::string> containers;  ///< of a pod, in the order in which they were entered
  FunctionName name;
  bool has_name = false;  ///< until then nothing is booked to a function
  CgroupId cgroup = 0;    ///< 0: named, and not made yet; of a pod that of its first user container
  bool is_pod = false;    ///< several containers, each in a cgroup of its own

  Nanoseconds named = 0;  ///< first runtime exec that names it, or its cgroup's making
  Nanoseconds execed = 0;
  Nanoseconds ready = 0;
  Nanoseconds stopped = 0;
  Nanoseconds gone = 0;  ///< its cgroup was removed, or its making failed
  bool live_at_attach = false;
  bool counted = false;      ///< as started
  std::uint32_t makers = 0;  ///< live lineages that named it as one that they make

  Settlement settlement = Settlement::kOpen;
  Amount unsettled;        ///< used since exec and not yet `init` or `handle`
  Nanoseconds own = 0;     ///< what its cgroup used since attach: `unsettled`, and `cpu` without `served`
  Nanoseconds carved = 0;  ///< that interrupts took of it, which its cpu.stat counts as well
  CpuByActivity cpu;       ///< own and served
  CpuByActivity served;    ///< of that, what components own
  bool oom = false;
  std::optional<std::int32_t> exit_status;  ///< of the main process, as wait(2) has it
  std::uint32_t stop_signal = 0;
  bool create_failed = false;

  bool requests_hidden = false;  ///< they cannot be seen: nobody knows how many, or when it handles one
  std::uint64_t requests = 0;    ///< completed
  std::uint64_t inferred_requests = 0;  ///< of these, known by byte edges alone
  std::uint64_t aborted = 0;
  std::uint64_t probes = 0;
  Nanoseconds first_request = 0;     ///< when the first of the completed and aborted began
  Nanoseconds last_request = 0;      ///< when the last of them ended
  Distribution request_seconds;      ///< of the completed
  std::uint32_t open_requests = 0;   ///< at the last snapshot
  std::uint32_t in_flight_peak = 0;  ///< most requests open at once

  InstanceState state = InstanceState::kStarting;
  bool frozen = false;
  std::uint64_t memory_bytes = 0;  ///< at the last reading
  std::uint64_t memory_peak_bytes = 0;
  std::uint64_t memory_limit_bytes = 0;  ///< 0: none
  ByteSeconds memory_byte_seconds{};     ///< booked
  Nanoseconds reserved_until = 0;        ///< its limit is booked as reserved up to here

  bool is_over() const { return gone != 0; }
};

using InstancePtr = std::shared_ptr<Instance>;

/// How it ended, as the report has it: "exit:0", "signal:9", "oom", "create_failed"; empty while it lives.
std::string describe_end(const Instance& instance);

/// The label of `faastax_instance_ends_total`: exit, signal, oom, create_failed.
std::string end_reason(const Instance& instance);

}  // namespace faastax::ledger
