// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "ledger/types.hpp"

/// All that the ledger ever learns. A recording is a sequence of these, and booking the same sequence
/// again gives the same report. Nothing here holds a process's arguments, environment or payload.
namespace faastax::ledger {

/// An account begins: a process is forked, enters another cgroup, was found running at attach, or a
/// work function or an interrupt runs for the first time.
struct AccountOpened {
  enum class Origin : std::uint8_t { kFork = 1, kMove = 2, kFound = 3, kWork = 4, kInterrupt = 5 };
  Nanoseconds time = 0;
  AccountKey account = 0;
  AccountKey from = 0;  ///< the parent's, or the one it moved from; 0: unknown
  std::uint32_t pid = 0;
  std::uint32_t parent_pid = 0;
  Origin origin = Origin::kFork;
  bool kernel_thread = false;
  CgroupId cgroup = 0;
  std::string name;  ///< executable's or thread's name; for a work function its symbol, for an interrupt its
                     ///< component
};

/// A process replaced its program. `before` is its account as it stood then.
struct Executed {
  Nanoseconds time = 0;
  AccountKey account = 0;
  CgroupId cgroup = 0;
  Program program = Program::kOther;
  Verb verb = Verb::kNone;
  bool first_in_sandbox = false;  ///< the sandbox's own program starts here
  std::string name;
  std::string sandbox;  ///< container id that the command names, or empty
  Buckets before{};
};

/// A client command turned out to name this sandbox (found by the agent, after the exec).
struct ClientNamed {
  Nanoseconds time = 0;
  AccountKey account = 0;
  std::string sandbox;
};

struct Renamed {
  AccountKey account = 0;
  std::string name;
};

/// The last thread of a process ended; its account may still grow until a snapshot says `ended`.
struct Exited {
  Nanoseconds time = 0;
  AccountKey account = 0;
  CgroupId cgroup = 0;
  std::int32_t status = 0;  ///< as wait(2) has it
  bool main = false;        ///< it was the sandbox's main process
};

struct CgroupChanged {
  enum class Change : std::uint8_t {
    kMade = 1,
    kEntered = 2,  ///< by its first task
    kEmpty = 3,
    kFilled = 4,
    kFrozen = 5,
    kThawed = 6,
    kRemoved = 7,
  };
  Nanoseconds time = 0;
  CgroupId cgroup = 0;
  CgroupId parent = 0;
  Change change = Change::kMade;
  AccountKey by = 0;            ///< who did it
  bool sandbox = false;         ///< made by a runtime, or a rule's path
  bool part_of_parent = false;  ///< a sub-cgroup of a sandbox: the same instance
  std::string path;             ///< kMade only
};

/// A sandbox's first process was born in it, a copy of one outside (a template process): its own program runs
/// from now on, and no exec will tell.
struct Spawned {
  Nanoseconds time = 0;
  CgroupId cgroup = 0;
  AccountKey from = 0;      ///< who forked it; 0: unknown
  Nanoseconds from_ns = 0;  ///< and used so much for that, which its cells have as well
};

struct BecameReady {
  Nanoseconds time = 0;
  CgroupId cgroup = 0;
  bool by_first_byte = false;
};

/// A signal from outside or the main process's exit stops a sandbox.
struct StopBegan {
  Nanoseconds time = 0;
  CgroupId cgroup = 0;
  std::uint32_t signal = 0;  ///< 0: exit
  AccountKey by = 0;
};

struct OutOfMemory {
  Nanoseconds time = 0;
  CgroupId cgroup = 0;
  std::uint32_t pid = 0;
};

struct RequestEnded {
  Nanoseconds time = 0;
  Nanoseconds start = 0;
  CgroupId cgroup = 0;
  bool aborted = false;
  bool probe = false;     ///< a health probe, which is no request
  bool inferred = false;  ///< known by byte edges alone
  Protocol protocol = Protocol::kUnknown;
};

/// Requests that an instance has open at a snapshot, and the most that it has had, where one has changed.
/// For gauges and peaks alone: what they cost is in the cells, and RequestEnded counts them.
struct RequestsOpen {
  Nanoseconds time = 0;
  CgroupId cgroup = 0;
  std::uint32_t open = 0;
  std::uint32_t peak = 0;
};

/// What the rules, the CRI or /proc say a cgroup is. For a sandbox that was alive at attach,
/// `live` and its state then are set.
struct Identified {
  Nanoseconds time = 0;
  CgroupId cgroup = 0;
  std::string sandbox;
  std::string space;  ///< namespace of the function
  std::string function;
  Track track = Track::kUnknown;
  bool live = false;
  Phase phase = Phase::kBeforeExec;
  bool requests_hidden = false;  ///< they cannot be seen from this kernel's TCP: unix sockets, a microVM
};

/// The integral that the kernel's side keeps of what a sandbox's memory cgroup is charged with. At each
/// memory period, at a window's ends, and when its cgroup is removed.
struct MemoryRead {
  Nanoseconds time = 0;
  CgroupId cgroup = 0;
  ByteSeconds byte_seconds{};     ///< by state, since the sandbox began or was found
  std::uint64_t bytes = 0;        ///< charged now
  std::uint64_t peak_bytes = 0;   ///< since its memory cgroup was made
  std::uint64_t limit_bytes = 0;  ///< 0: none
};

/// Resident anonymous and shared memory of component processes outside instances.
struct OverheadSampled {
  Nanoseconds time = 0;
  std::uint64_t bytes = 0;
};

/// Removed v2 cgroups that the kernel still holds on to.
struct DyingCgroupsCounted {
  std::uint64_t count = 0;
};

/// One addition to an account's cells. Booking goes by the cells; with slices in the stream the ledger checks
/// that the two agree.
struct SliceRan {
  Nanoseconds time = 0;  ///< when it was booked, which is its end
  std::uint32_t cpu = 0;
  AccountKey account = 0;
  Phase phase = Phase::kBeforeExec;
  std::int64_t ns = 0;  ///< negative: an estimate that is taken back
};

/// Every account that has grown since the snapshot before, and every CPU's clocks.
struct CellsRead {
  struct Account {
    AccountKey account = 0;
    Buckets total{};         ///< since the account began
    bool ended = false;      ///< no task books here any more
    Nanoseconds carved = 0;  ///< that interrupts took of its slices; not in `total`
  };
  struct Cpu {
    std::uint32_t cpu = 0;
    Nanoseconds wall = 0;  ///< that this CPU was online and its books open, up to this reading
    Nanoseconds idle = 0;  ///< since the programs were loaded
    std::int64_t steal = 0;
    Nanoseconds unattributed = 0;
  };
  /// What hardware counters say of an account, in the order of `accounts`; none where nothing counts.
  struct Counted {
    AccountKey account = 0;
    Buckets cycles{};  ///< since the account began
    Buckets instructions{};
  };
  Nanoseconds time = 0;
  std::vector<Account> accounts;
  std::vector<Cpu> cpus;
  std::vector<Counted> counted = {};
  std::uint64_t idle_cycles = 0;       ///< since attach, over all CPUs
  std::uint64_t refused_readings = 0;  ///< of counters that had not run all the time
};

/// How cycles are counted on this node: exact, sampled or derived. Not told where they are not.
struct CountersOpened {
  std::string source;
  bool instructions = false;
};

/// A pair of readings, to print wall-clock times.
struct ClocksRead {
  Nanoseconds mono = 0;
  Nanoseconds real = 0;  ///< CLOCK_REALTIME
};

/// Runs of one BPF program since attach, and the calibrated cost of a run.
struct ProgramRan {
  std::string name;
  std::uint64_t runs = 0;
  double ns_per_run = 0;
};

struct Lost {
  std::uint64_t events = 0;   ///< since attach
  std::uint64_t records = 0;  ///< the same; slices that are in the cells only
};

/// The report's window opens or closes here.
struct WindowMarked {
  Nanoseconds time = 0;
  bool open = false;
};

using Input = std::variant<AccountOpened, Executed, ClientNamed, Renamed, Exited, CgroupChanged, BecameReady,
                           StopBegan, OutOfMemory, RequestEnded, Identified, MemoryRead, OverheadSampled,
                           SliceRan, CellsRead, ClocksRead, ProgramRan, Lost, WindowMarked, RequestsOpen,
                           DyingCgroupsCounted, CountersOpened, Spawned>;

}  // namespace faastax::ledger
