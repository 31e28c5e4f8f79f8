// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ledger/books.hpp"
#include "ledger/input.hpp"
#include "ledger/instance.hpp"
#include "ledger/operations.hpp"

namespace faastax::ledger {

/// All instances, by cgroup and by sandbox id, and what happens to each from its naming to its end.
class InstanceTable {
 public:
  /// `keep_ended`: instances stay for the report after they are gone.
  InstanceTable(Books& books, bool keep_ended) : books_(books), keep_ended_(keep_ended) {}

  InstancePtr by_cgroup(CgroupId cgroup) const;

  /// The same, but null for a pod's cgroups that its pause program or a sidecar is in.
  InstancePtr by_user_cgroup(CgroupId cgroup) const;

  /// The newest of that name; null if none is remembered.
  InstancePtr by_sandbox(const std::string& sandbox) const;

  /// The live instance of that name, or a new one: a command that makes it has named it.
  InstancePtr named(const std::string& sandbox, Nanoseconds time);

  /// The instance that a task which entered `cgroup` begins: one that was named and has no cgroup yet, or
  /// a new one. Its name is what the answer for that cgroup says, else `leaf`.
  InstancePtr entering(CgroupId cgroup, const std::string& leaf, Nanoseconds time);

  /// The answer for `cgroup` names not the container `leaf`, but a pod that it is in.
  bool is_in_pod(CgroupId cgroup, const std::string& leaf) const;

  /// The live pod that it is one more container of; null if it is the first, or in none.
  InstancePtr pod_of(CgroupId cgroup, const std::string& leaf) const;

  /// `cgroup`, the container `leaf` of the pod, has its first task. What has served that container served it.
  void enter_pod(const InstancePtr& pod, CgroupId cgroup, const std::string& leaf, Nanoseconds time);

  /// Its cgroup has its first task; the instance counts as started.
  void enter(const InstancePtr& instance, CgroupId cgroup, Nanoseconds time);

  /// A sub-cgroup of a sandbox belongs to it.
  void join(CgroupId cgroup, CgroupId parent);

  void identify(const Identified& answer);
  void execute(Instance& instance, Nanoseconds time, const std::string& program);
  /// The same in a pod's container: the first that runs a user's program is the one whose requests, memory
  /// and end are the pod's.
  void execute_in_pod(Instance& instance, CgroupId cgroup, Nanoseconds time, const std::string& program);
  void become_ready(Instance& instance, Nanoseconds time);
  void stop(Instance& instance, Nanoseconds time);
  void end_request(Instance& instance, const RequestEnded& request);
  void open_requests(Instance& instance, const RequestsOpen& requests);

  /// Its requests cannot be seen, so it is taken to handle one whenever it runs.
  void hide_requests(Instance& instance);

  /// Books what its memory has grown by since the last reading, also of an instance that is just over.
  void read_memory(Instance& instance, const MemoryRead& read);

  /// The cgroup is gone, and with it the instance unless it was a part.
  void remove(CgroupId cgroup, Nanoseconds time);

  /// The command that should have made it ended, and it was not made.
  void fail(Instance& instance, Nanoseconds time);

  /// Takes what runs for 10 minutes without being ready for a job, and forgets what has been gone for a
  /// while.
  void advance(Nanoseconds time);

  const Operations& operations() const { return operations_; }

  std::vector<InstancePtr> live() const;
  const std::vector<InstancePtr>& ended() const { return ended_; }
  std::vector<InstancePtr> take_ended() { return std::exchange(ended_, {}); }

 private:
  /// A new instance; begin(): whose creation is under way.
  InstancePtr begin(const std::string& sandbox, Nanoseconds time);
  InstancePtr make(const std::string& sandbox, Nanoseconds time);
  void count_start(Instance& instance);
  void finish(Instance& instance, Nanoseconds time);
  void settle_job(Instance& instance);
  void count_completed(Instance& instance, Nanoseconds start, Nanoseconds end);
  void take_answer(const InstancePtr& instance, const Identified& answer);
  FunctionTotals& function_of(Instance& instance);

  Books& books_;
  Operations operations_;
  bool keep_ended_;
  std::uint64_t next_number_ = 1;
  std::unordered_map<CgroupId, InstancePtr> by_cgroup_;
  std::unordered_map<std::string, InstancePtr> by_sandbox_;
  std::unordered_map<CgroupId, Identified> answers_;         ///< for cgroups that nobody has entered yet
  std::unordered_map<CgroupId, Nanoseconds> removed_parts_;  ///< when
  std::vector<InstancePtr> ended_;
};

}  // namespace faastax::ledger
