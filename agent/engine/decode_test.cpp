// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/decode.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace faastax::engine {
namespace {

TEST(Decode, AccountKeysHoldIndexAndUse) {
  EXPECT_EQ(account_key(5, 2), (2ULL << 32) | 5);
  EXPECT_EQ(account_key(0, 0), 0U) << "none";
  EXPECT_NE(account_key(5, 2), account_key(5, 3)) << "a line that is used again is another account";
  EXPECT_EQ(account_key(~0U, ~0U), ~0ULL);
}

TEST(Decode, TextEndsAtItsZeroOrWithItsField) {
  const char ended[8] = {'a', 'b', 0, 'c'};
  const char full[4] = {'a', 'b', 'c', 'd'};
  EXPECT_EQ(text_of(ended, sizeof(ended)), "ab");
  EXPECT_EQ(text_of(full, sizeof(full)), "abcd");
  EXPECT_EQ(text_of(full, 0), "");
}

TEST(Decode, AnAccountOfAProcess) {
  fx_edge_account edge{};
  edge.edge.time_ns = 9;
  edge.account = 5;
  edge.serial = 2;
  edge.from_account = 4;
  edge.from_serial = 1;
  edge.tgid = 100;
  edge.parent_tgid = 99;
  edge.origin = FX_ORIGIN_MOVE;
  edge.flags = FX_ACCOUNT_KTHREAD;
  edge.cgroup_id = 77;
  std::strcpy(edge.comm, "bash");
  const ledger::AccountOpened opened = decode(edge, "symbol");
  EXPECT_EQ(opened.time, 9U);
  EXPECT_EQ(opened.account, account_key(5, 2));
  EXPECT_EQ(opened.from, account_key(4, 1));
  EXPECT_EQ(opened.pid, 100U);
  EXPECT_EQ(opened.parent_pid, 99U);
  EXPECT_EQ(opened.origin, ledger::AccountOpened::Origin::kMove);
  EXPECT_TRUE(opened.kernel_thread);
  EXPECT_EQ(opened.cgroup, 77U);
  EXPECT_EQ(opened.name, "bash");
}

TEST(Decode, AnInterruptIsNamedAsProcSoftirqsHasIt) {
  fx_edge_account edge{};
  edge.origin = FX_ORIGIN_INTERRUPT;
  edge.flags = FX_ACCOUNT_SOFTIRQ;
  edge.work_function = 3;
  EXPECT_EQ(decode(edge, "").name, "softirq:net_rx");
  EXPECT_EQ(decode(edge, "").origin, ledger::AccountOpened::Origin::kInterrupt);
  edge.work_function = FX_SOFTIRQS - 1;
  EXPECT_EQ(decode(edge, "").name, "softirq:rcu");
  edge.flags = FX_ACCOUNT_HARDIRQ;
  edge.work_function = FX_SOFTIRQS;
  EXPECT_EQ(decode(edge, "").name, "irq");
}

TEST(Decode, AnAccountOfAWorkFunctionIsNamedByItsSymbol) {
  fx_edge_account edge{};
  edge.origin = FX_ORIGIN_WORK;
  edge.flags = FX_ACCOUNT_WORK;
  std::strcpy(edge.comm, "kworker");
  EXPECT_EQ(decode(edge, "cleanup_net").name, "cleanup_net");
  EXPECT_EQ(decode(edge, "").name, "unknown");
  EXPECT_EQ(decode(edge, "cleanup_net").origin, ledger::AccountOpened::Origin::kWork);
}

TEST(Decode, AFunctionIsWithoutItsModuleAndWhatTheCompilerAdded) {
  EXPECT_EQ(function_of("cleanup_net"), "cleanup_net");
  EXPECT_EQ(function_of("free_work.isra.0"), "free_work");
  EXPECT_EQ(function_of("f.constprop.0.cold [a_module]"), "f");
  EXPECT_EQ(function_of("wg_packet_decrypt_worker [wireguard]"), "wg_packet_decrypt_worker");
  EXPECT_EQ(function_of("0xffffffff81000000"), "unknown");
  EXPECT_EQ(function_of(""), "unknown");
}

TEST(Decode, AnExecWithTheAccountAsItStood) {
  fx_edge_exec edge{};
  edge.account = 5;
  edge.serial = 2;
  edge.program = FX_PROGRAM_CNI;
  edge.verb = FX_VERB_CNI_DEL;
  edge.first = 1;
  edge.cgroup_id = 77;
  for (unsigned phase = 0; phase < FX_PHASES; ++phase) edge.ns[phase] = phase + 1;
  std::memset(edge.comm, 'x', sizeof(edge.comm));
  std::memset(edge.id, 'y', sizeof(edge.id));
  const ledger::Executed executed = decode(edge);
  EXPECT_EQ(executed.account, account_key(5, 2));
  EXPECT_EQ(executed.program, ledger::Program::kCni);
  EXPECT_EQ(executed.verb, ledger::Verb::kCniDel);
  EXPECT_TRUE(executed.first_in_sandbox);
  EXPECT_EQ(executed.cgroup, 77U);
  EXPECT_EQ(executed.before, (ledger::Buckets{1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(executed.name, std::string(FX_NAME_LEN, 'x')) << "no zero to be found";
  EXPECT_EQ(executed.sandbox, std::string(FX_ID_LEN, 'y'));
}

TEST(Decode, EveryWordOfTheKernelsIsTheLedgers) {
  fx_edge_exec edge{};
  for (unsigned program = FX_PROGRAM_OTHER; program <= FX_PROGRAM_SELF; ++program) {
    edge.program = program;
    EXPECT_EQ(static_cast<unsigned>(decode(edge).program), program);
  }
  const std::pair<unsigned, ledger::Verb> verbs[] = {{FX_VERB_NONE, ledger::Verb::kNone},
                                                     {FX_VERB_CREATE, ledger::Verb::kCreate},
                                                     {FX_VERB_RUN, ledger::Verb::kRun},
                                                     {FX_VERB_START, ledger::Verb::kStart},
                                                     {FX_VERB_EXEC, ledger::Verb::kExec},
                                                     {FX_VERB_KILL, ledger::Verb::kKill},
                                                     {FX_VERB_DELETE, ledger::Verb::kDelete},
                                                     {FX_VERB_OTHER, ledger::Verb::kOther},
                                                     {FX_VERB_CNI_ADD, ledger::Verb::kCniAdd},
                                                     {FX_VERB_CNI_DEL, ledger::Verb::kCniDel},
                                                     {FX_VERB_CNI_OTHER, ledger::Verb::kCniOther},
                                                     {FX_VERB_PAUSE, ledger::Verb::kPause}};
  for (const auto& [word, verb] : verbs) {
    edge.verb = word;
    EXPECT_EQ(decode(edge).verb, verb);
  }
}

TEST(Decode, EveryChangeOfACgroup) {
  using Change = ledger::CgroupChanged::Change;
  const std::pair<unsigned, Change> changes[] = {
      {FX_CGROUP_MADE, Change::kMade},      {FX_CGROUP_ENTER, Change::kEntered},
      {FX_CGROUP_EMPTY, Change::kEmpty},    {FX_CGROUP_FILLED, Change::kFilled},
      {FX_CGROUP_FROZEN, Change::kFrozen},  {FX_CGROUP_THAWED, Change::kThawed},
      {FX_CGROUP_REMOVED, Change::kRemoved}};
  fx_edge_cgroup edge{};
  edge.cgroup_id = 77;
  edge.parent_id = 7;
  edge.account = 5;
  edge.serial = 2;
  std::strcpy(edge.path, "/default/a");
  for (const auto& [word, change] : changes) {
    edge.change = word;
    EXPECT_EQ(decode(edge, false).change, change);
  }
  EXPECT_EQ(decode(edge, true).parent, 7U);
  EXPECT_EQ(decode(edge, true).by, account_key(5, 2));
  EXPECT_EQ(decode(edge, true).path, "/default/a");
  EXPECT_TRUE(decode(edge, true).part_of_parent);
  EXPECT_FALSE(decode(edge, false).sandbox);
  edge.flags = FX_CGROUP_SANDBOX | FX_CGROUP_READY;
  EXPECT_TRUE(decode(edge, false).sandbox);
}

TEST(Decode, AForkIntoASandboxStartsItsProgram) {
  fx_edge_cgroup edge{};
  edge.change = FX_CGROUP_ENTER;
  edge.flags = FX_CGROUP_SANDBOX | FX_CGROUP_ENTERED;
  EXPECT_FALSE(decode_spawned(edge));
  edge.flags |= FX_CGROUP_SPAWNED | FX_CGROUP_EXECED;
  edge.from_account = 4;
  edge.from_serial = 3;
  edge.from_ns = 200'000;
  const auto spawned = decode_spawned(edge);
  ASSERT_TRUE(spawned);
  EXPECT_EQ(spawned->from, account_key(4, 3));
  EXPECT_EQ(spawned->from_ns, 200'000U);
  edge.change = FX_CGROUP_EMPTY;
  EXPECT_FALSE(decode_spawned(edge));
}

TEST(Decode, AnExitWithItsStatus) {
  fx_edge_exit edge{};
  edge.account = 5;
  edge.serial = 2;
  edge.status = 139;
  edge.main = 1;
  edge.cgroup_id = 77;
  const ledger::Exited exited = decode(edge);
  EXPECT_EQ(exited.account, account_key(5, 2));
  EXPECT_EQ(exited.status, 139);
  EXPECT_TRUE(exited.main);
  EXPECT_EQ(exited.cgroup, 77U);
}

TEST(Decode, ReadinessByListenerOrFirstByte) {
  fx_edge_ready edge{};
  edge.cgroup_id = 77;
  edge.family = 2;
  EXPECT_FALSE(decode(edge).by_first_byte);
  edge.family = 0;
  EXPECT_TRUE(decode(edge).by_first_byte);
  EXPECT_EQ(decode(edge).cgroup, 77U);
}

TEST(Decode, StopsOutOfMemoryAndRenames) {
  fx_edge_stop stop{};
  stop.cgroup_id = 77;
  stop.signal = 15;
  stop.account = 5;
  stop.serial = 2;
  EXPECT_EQ(decode(stop).signal, 15U);
  EXPECT_EQ(decode(stop).by, account_key(5, 2));
  fx_edge_oom oom{};
  oom.cgroup_id = 78;
  oom.tgid = 100;
  EXPECT_EQ(decode(oom).cgroup, 78U);
  EXPECT_EQ(decode(oom).pid, 100U);
  fx_edge_rename rename{};
  rename.account = 5;
  rename.serial = 2;
  std::strcpy(rename.comm, "worker");
  EXPECT_EQ(decode(rename).account, account_key(5, 2));
  EXPECT_EQ(decode(rename).name, "worker");
}

TEST(Decode, ARequestFromItsFirstByteToItsLast) {
  fx_edge_request edge{};
  edge.edge.time_ns = 9;
  edge.start_ns = 4;
  edge.cgroup_id = 77;
  EXPECT_EQ(decode(edge).start, 4U);
  EXPECT_EQ(decode(edge).time, 9U);
  EXPECT_FALSE(decode(edge).aborted);
  edge.flags = FX_REQUEST_ABORTED;
  EXPECT_TRUE(decode(edge).aborted);
}

TEST(Decode, MemoryInBytesWhateverThePageSize) {
  fx_cgroup cgroup{};
  cgroup.id = 7;
  cgroup.memory_pages = 3;
  cgroup.memory_peak_pages = 5;
  cgroup.memory_limit_pages = 8;
  cgroup.page_us[FX_MEMORY_STARTING] = 1'000'000;
  MemorySum sum;
  const ledger::MemoryRead read = decode(cgroup, sum, 65536, 9);
  EXPECT_EQ(read.time, 9U);
  EXPECT_EQ(read.cgroup, 7U);
  EXPECT_EQ(read.bytes, 3U * 65536);
  EXPECT_EQ(read.peak_bytes, 5U * 65536);
  EXPECT_EQ(read.limit_bytes, 8U * 65536);
  EXPECT_THAT(read.byte_seconds, testing::ElementsAre(65536, 0, 0, 0));
}

}  // namespace
}  // namespace faastax::engine
