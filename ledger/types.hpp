// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// The words of the ledger (docs/ARCHITECTURE.md): who owns CPU time, doing what, proven how.
namespace faastax::ledger {

/// Nanoseconds of CLOCK_MONOTONIC for instants, plain nanoseconds for durations.
using Nanoseconds = std::uint64_t;
inline constexpr double kNanosecondsPerSecond = 1e9;
constexpr double seconds(Nanoseconds ns) { return static_cast<double>(ns) / kNanosecondsPerSecond; }

/// Names one use of an account: (serial << 32) | index. 0 means none.
using AccountKey = std::uint64_t;

/// The kernel's id of a v2 cgroup. 0 means none.
using CgroupId = std::uint64_t;

enum class Activity : std::uint8_t {
  kCreate,
  kInit,
  kHandle,
  kIdle,
  kTeardown,
  kManage,
  kRoute,
  kObserve,
  kOther,
};
inline constexpr std::size_t kActivities = 9;
inline constexpr std::array<std::string_view, kActivities> kActivityNames = {
    "create", "init", "handle", "idle", "teardown", "manage", "route", "observe", "other"};

enum class Evidence : std::uint8_t { kDirect, kInferred };
inline constexpr std::size_t kEvidences = 2;
inline constexpr std::array<std::string_view, kEvidences> kEvidenceNames = {"direct", "inferred"};

enum class Track : std::uint8_t { kRegular, kEmergency, kUnknown };
inline constexpr std::array<std::string_view, 3> kTrackNames = {"regular", "emergency", "unknown"};

/// State of an instance, as memory is booked by and `faastax_instances` counts.
enum class InstanceState : std::uint8_t { kStarting, kIdle, kBusy, kStopping };
inline constexpr std::size_t kInstanceStates = 4;
inline constexpr std::array<std::string_view, kInstanceStates> kInstanceStateNames = {"starting", "idle",
                                                                                      "busy", "stopping"};

/// Of memory, by state of the instance.
using ByteSeconds = std::array<double, kInstanceStates>;

/// Where the sandbox stood that a slice ran in or for: one bucket of an account each.
enum class Phase : std::uint8_t {
  kBeforeExec,
  kStarting,
  kIdle,
  kBusy,
  kStopped,
  kProbed,  ///< ready, nothing but health probes in flight
  kOpaque,  ///< ready, in flight by byte edges alone: inferred
};
inline constexpr std::size_t kPhases = 8;  ///< buckets of an account; the last is spare
using Buckets = std::array<Nanoseconds, kPhases>;

/// How the requests of a connection were told apart.
enum class Protocol : std::uint8_t {
  kUnknown,  ///< by byte edges
  kHttp1,
  kHttp2,
  kTls,       ///< by byte edges, past the handshake
  kUpgraded,  ///< HTTP/1.1 that became something else: one request until closed
};

/// Whether daemons' work is divided among the sandboxes that it was done for (Apportioner).
enum class ApportioningState : std::uint8_t {
  kLearning,  ///< no quiet moment yet: what they used meanwhile waits
  kActive,
  kOff,      ///< none within 10 minutes: nothing is divided
  kUnknown,  ///< of a report whose source does not say
};
inline constexpr std::array<std::string_view, 4> kApportioningStateNames = {"learning", "active", "off",
                                                                            "unknown"};

/// What a program is to the platform, by the name of its executable.
enum class Program : std::uint8_t {
  kOther,
  kRuntime,
  kShim,
  kClient,
  kCni,
  kDaemon,
  kTool,
  kSelf,
  kSpawner,  ///< makes sandboxes that processes are born in, without an exec
};

/// What a runtime or a CNI plugin was asked to do.
enum class Verb : std::uint8_t {
  kNone,
  kCreate,
  kRun,
  kStart,
  kExec,
  kKill,
  kDelete,
  kOther,
  kCniAdd,
  kCniDel,
  kCniOther,
  kPause,
};

/// CPU that is booked at once: its time, and the cycles and instructions that hardware counters saw in it.
struct Amount {
  Nanoseconds ns = 0;
  std::uint64_t cycles = 0;
  std::uint64_t instructions = 0;

  constexpr Amount() = default;
  constexpr Amount(Nanoseconds time, std::uint64_t cycles_of_it = 0, std::uint64_t instructions_of_it = 0)
      : ns(time), cycles(cycles_of_it), instructions(instructions_of_it) {}
  constexpr Amount& operator+=(const Amount& other) {
    ns += other.ns;
    cycles += other.cycles;
    instructions += other.instructions;
    return *this;
  }
  constexpr bool empty() const { return ns == 0 && cycles == 0 && instructions == 0; }
};

template <typename Enum>
constexpr std::size_t index_of(Enum value) {
  return static_cast<std::size_t>(value);
}
constexpr std::string_view name_of(Activity a) { return kActivityNames[index_of(a)]; }
constexpr std::string_view name_of(Evidence e) { return kEvidenceNames[index_of(e)]; }
constexpr std::string_view name_of(Track t) { return kTrackNames[index_of(t)]; }
constexpr std::string_view name_of(ApportioningState s) { return kApportioningStateNames[index_of(s)]; }
constexpr std::string_view name_of(InstanceState s) { return kInstanceStateNames[index_of(s)]; }

}  // namespace faastax::ledger
