// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <utility>

#include "ledger/input.hpp"
#include "ledger/report.hpp"

/// Which fields the lines of a recording have, under which names. Part of recording_codec.cpp, apart from
/// it because this is the format and that is how it is read and written.
namespace faastax::ledger::recording {

/// Names of an enumeration's values; `kFirst` is the value of the first.
template <typename Enum>
struct Names;

template <>
struct Names<AccountOpened::Origin> {
  static constexpr int kFirst = 1;
  static constexpr std::array<std::string_view, 5> kAll = {"fork", "move", "found", "work", "interrupt"};
};
template <>
struct Names<CgroupChanged::Change> {
  static constexpr int kFirst = 1;
  static constexpr std::array<std::string_view, 7> kAll = {"made",   "entered", "empty",  "filled",
                                                           "frozen", "thawed",  "removed"};
};
template <>
struct Names<Program> {
  static constexpr int kFirst = 0;
  static constexpr std::array<std::string_view, 9> kAll = {"other",  "runtime", "shim", "client", "cni",
                                                           "daemon", "tool",    "self", "spawner"};
};
template <>
struct Names<Verb> {
  static constexpr int kFirst = 0;
  static constexpr std::array<std::string_view, 12> kAll = {"none",    "create",  "run",       "start",
                                                            "exec",    "kill",    "delete",    "other",
                                                            "cni_add", "cni_del", "cni_other", "pause"};
};
template <>
struct Names<Track> {
  static constexpr int kFirst = 0;
  static constexpr auto kAll = kTrackNames;
};
template <>
struct Names<Phase> {
  static constexpr int kFirst = 0;
  static constexpr std::array<std::string_view, 7> kAll = {"before_exec", "starting", "idle",  "busy",
                                                           "stopped",     "probed",   "opaque"};
};
template <>
struct Names<Protocol> {
  static constexpr int kFirst = 0;
  static constexpr std::array<std::string_view, 5> kAll = {"unknown", "http1", "http2", "tls", "upgraded"};
};

template <typename Class, typename Member>
struct Field {
  std::string_view name;
  Member Class::* member;
};

/// A struct's kind (if it is an Input) and its fields, in the order in which they are written.
template <typename T>
struct Layout;

template <>
struct Layout<AccountOpened> {
  using T = AccountOpened;
  static constexpr std::string_view kKind = "account";
  static constexpr std::tuple kFields{Field{"t", &T::time},
                                      Field{"account", &T::account},
                                      Field{"from", &T::from},
                                      Field{"pid", &T::pid},
                                      Field{"parent_pid", &T::parent_pid},
                                      Field{"origin", &T::origin},
                                      Field{"kernel_thread", &T::kernel_thread},
                                      Field{"cgroup", &T::cgroup},
                                      Field{"name", &T::name}};
};
template <>
struct Layout<Executed> {
  using T = Executed;
  static constexpr std::string_view kKind = "exec";
  static constexpr std::tuple kFields{
      Field{"t", &T::time},        Field{"account", &T::account},
      Field{"cgroup", &T::cgroup}, Field{"program", &T::program},
      Field{"verb", &T::verb},     Field{"first_in_sandbox", &T::first_in_sandbox},
      Field{"name", &T::name},     Field{"sandbox", &T::sandbox},
      Field{"before", &T::before}};
};
template <>
struct Layout<ClientNamed> {
  using T = ClientNamed;
  static constexpr std::string_view kKind = "client";
  static constexpr std::tuple kFields{Field{"t", &T::time}, Field{"account", &T::account},
                                      Field{"sandbox", &T::sandbox}};
};
template <>
struct Layout<Renamed> {
  using T = Renamed;
  static constexpr std::string_view kKind = "rename";
  static constexpr std::tuple kFields{Field{"account", &T::account}, Field{"name", &T::name}};
};
template <>
struct Layout<Exited> {
  using T = Exited;
  static constexpr std::string_view kKind = "exit";
  static constexpr std::tuple kFields{Field{"t", &T::time}, Field{"account", &T::account},
                                      Field{"cgroup", &T::cgroup}, Field{"status", &T::status},
                                      Field{"main", &T::main}};
};
template <>
struct Layout<CgroupChanged> {
  using T = CgroupChanged;
  static constexpr std::string_view kKind = "cgroup";
  static constexpr std::tuple kFields{Field{"t", &T::time},
                                      Field{"cgroup", &T::cgroup},
                                      Field{"parent", &T::parent},
                                      Field{"change", &T::change},
                                      Field{"by", &T::by},
                                      Field{"sandbox", &T::sandbox},
                                      Field{"part_of_parent", &T::part_of_parent},
                                      Field{"path", &T::path}};
};
template <>
struct Layout<Spawned> {
  using T = Spawned;
  static constexpr std::string_view kKind = "spawned";
  static constexpr std::tuple kFields{Field{"t", &T::time}, Field{"cgroup", &T::cgroup},
                                      Field{"from", &T::from}, Field{"from_ns", &T::from_ns}};
};
template <>
struct Layout<BecameReady> {
  using T = BecameReady;
  static constexpr std::string_view kKind = "ready";
  static constexpr std::tuple kFields{Field{"t", &T::time}, Field{"cgroup", &T::cgroup},
                                      Field{"by_first_byte", &T::by_first_byte}};
};
template <>
struct Layout<StopBegan> {
  using T = StopBegan;
  static constexpr std::string_view kKind = "stop";
  static constexpr std::tuple kFields{Field{"t", &T::time}, Field{"cgroup", &T::cgroup},
                                      Field{"signal", &T::signal}, Field{"by", &T::by}};
};
template <>
struct Layout<OutOfMemory> {
  using T = OutOfMemory;
  static constexpr std::string_view kKind = "oom";
  static constexpr std::tuple kFields{Field{"t", &T::time}, Field{"cgroup", &T::cgroup},
                                      Field{"pid", &T::pid}};
};
template <>
struct Layout<RequestEnded> {
  using T = RequestEnded;
  static constexpr std::string_view kKind = "request";
  static constexpr std::tuple kFields{Field{"t", &T::time},           Field{"start", &T::start},
                                      Field{"cgroup", &T::cgroup},    Field{"aborted", &T::aborted},
                                      Field{"probe", &T::probe},      Field{"inferred", &T::inferred},
                                      Field{"protocol", &T::protocol}};
};
template <>
struct Layout<RequestsOpen> {
  using T = RequestsOpen;
  static constexpr std::string_view kKind = "open";
  static constexpr std::tuple kFields{Field{"t", &T::time}, Field{"cgroup", &T::cgroup},
                                      Field{"open", &T::open}, Field{"peak", &T::peak}};
};
template <>
struct Layout<Identified> {
  using T = Identified;
  static constexpr std::string_view kKind = "identity";
  static constexpr std::tuple kFields{Field{"t", &T::time},
                                      Field{"cgroup", &T::cgroup},
                                      Field{"sandbox", &T::sandbox},
                                      Field{"space", &T::space},
                                      Field{"function", &T::function},
                                      Field{"track", &T::track},
                                      Field{"live", &T::live},
                                      Field{"phase", &T::phase},
                                      Field{"requests_hidden", &T::requests_hidden}};
};
template <>
struct Layout<MemoryRead> {
  using T = MemoryRead;
  static constexpr std::string_view kKind = "memory";
  static constexpr std::tuple kFields{
      Field{"t", &T::time},      Field{"cgroup", &T::cgroup},         Field{"byte_seconds", &T::byte_seconds},
      Field{"bytes", &T::bytes}, Field{"peak_bytes", &T::peak_bytes}, Field{"limit_bytes", &T::limit_bytes}};
};
template <>
struct Layout<DyingCgroupsCounted> {
  using T = DyingCgroupsCounted;
  static constexpr std::string_view kKind = "dying_cgroups";
  static constexpr std::tuple kFields{Field{"count", &T::count}};
};
template <>
struct Layout<OverheadSampled> {
  using T = OverheadSampled;
  static constexpr std::string_view kKind = "overhead";
  static constexpr std::tuple kFields{Field{"t", &T::time}, Field{"bytes", &T::bytes}};
};
template <>
struct Layout<SliceRan> {
  using T = SliceRan;
  static constexpr std::string_view kKind = "slice";
  static constexpr std::tuple kFields{Field{"t", &T::time}, Field{"cpu", &T::cpu},
                                      Field{"account", &T::account}, Field{"phase", &T::phase},
                                      Field{"ns", &T::ns}};
};
template <>
struct Layout<CellsRead::Account> {
  using T = CellsRead::Account;
  static constexpr std::tuple kFields{Field{"account", &T::account}, Field{"total", &T::total},
                                      Field{"ended", &T::ended}, Field{"carved", &T::carved}};
};
template <>
struct Layout<CellsRead::Cpu> {
  using T = CellsRead::Cpu;
  static constexpr std::tuple kFields{Field{"cpu", &T::cpu}, Field{"wall", &T::wall}, Field{"idle", &T::idle},
                                      Field{"steal", &T::steal}, Field{"unattributed", &T::unattributed}};
};
template <>
struct Layout<CellsRead> {
  using T = CellsRead;
  static constexpr std::string_view kKind = "cells";
  static constexpr std::tuple kFields{Field{"t", &T::time},
                                      Field{"accounts", &T::accounts},
                                      Field{"cpus", &T::cpus},
                                      Field{"counted", &T::counted},
                                      Field{"idle_cycles", &T::idle_cycles},
                                      Field{"refused_readings", &T::refused_readings}};
};
template <>
struct Layout<CellsRead::Counted> {
  using T = CellsRead::Counted;
  static constexpr std::tuple kFields{Field{"account", &T::account}, Field{"cycles", &T::cycles},
                                      Field{"instructions", &T::instructions}};
};
template <>
struct Layout<CountersOpened> {
  using T = CountersOpened;
  static constexpr std::string_view kKind = "counters";
  static constexpr std::tuple kFields{Field{"source", &T::source}, Field{"instructions", &T::instructions}};
};
template <>
struct Layout<ClocksRead> {
  using T = ClocksRead;
  static constexpr std::string_view kKind = "clocks";
  static constexpr std::tuple kFields{Field{"mono", &T::mono}, Field{"real", &T::real}};
};
template <>
struct Layout<ProgramRan> {
  using T = ProgramRan;
  static constexpr std::string_view kKind = "program";
  static constexpr std::tuple kFields{Field{"name", &T::name}, Field{"runs", &T::runs},
                                      Field{"ns_per_run", &T::ns_per_run}};
};
template <>
struct Layout<Lost> {
  using T = Lost;
  static constexpr std::string_view kKind = "lost";
  static constexpr std::tuple kFields{Field{"events", &T::events}, Field{"records", &T::records}};
};
template <>
struct Layout<WindowMarked> {
  using T = WindowMarked;
  static constexpr std::string_view kKind = "window";
  static constexpr std::tuple kFields{Field{"t", &T::time}, Field{"open", &T::open}};
};
template <>
struct Layout<NodeInfo> {
  using T = NodeInfo;
  static constexpr std::tuple kFields{Field{"name", &T::name},
                                      Field{"kernel", &T::kernel},
                                      Field{"cpus", &T::cpus},
                                      Field{"cgroup", &T::cgroup},
                                      Field{"cycle_source", &T::cycle_source},
                                      Field{"runtime_versions", &T::runtime_versions}};
};

template <typename T>
concept Struct = requires { Layout<T>::kFields; };
/// Stands for a member of any type, to count the members of a struct.
struct AnyMember {
  template <typename T>
  operator T() const;
};
template <typename T, std::size_t... I>
constexpr bool takes(std::index_sequence<I...>) {
  return requires { T{(static_cast<void>(I), AnyMember{})...}; };
}
/// A member that input.hpp gains and that is not listed above must not compile.
template <typename T>
constexpr bool lists_all_members() {
  constexpr std::size_t kCount = std::tuple_size_v<decltype(Layout<T>::kFields)>;
  return takes<T>(std::make_index_sequence<kCount>{}) && !takes<T>(std::make_index_sequence<kCount + 1>{});
}

}  // namespace faastax::ledger::recording
