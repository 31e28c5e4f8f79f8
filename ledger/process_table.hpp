// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <unordered_map>

#include "ledger/apportioner.hpp"
#include "ledger/catalog.hpp"
#include "ledger/input.hpp"
#include "ledger/instance_table.hpp"
#include "ledger/lineage.hpp"

namespace faastax::ledger {

/// All live accounts: what each process is, whom it serves by lineage, and what of it is booked.
class ProcessTable {
 public:
  ProcessTable(const Catalog& catalog, InstanceTable& instances, Books& books, Apportioner& apportioner)
      : catalog_(catalog), instances_(instances), books_(books), apportioner_(apportioner) {}

  void open(const AccountOpened& input);
  void execute(const Executed& input);
  void rename(const Renamed& input);
  void name_client(const ClientNamed& input);

  /// Books what the account has used since it was last seen; an ended one is forgotten.
  /// `counted` is what hardware counters say of it; null where nothing counts.
  void read(const CellsRead::Account& cells, Nanoseconds time, const CellsRead::Counted* counted = nullptr);

  /// Of its program; "unknown" of an account that is not known.
  std::string name_of(AccountKey account) const;

  /// The runtime, shim or client that `account` descends from; null if none.
  LineagePtr lineage_of(AccountKey account) const;

  /// `account` has used so much to fork the first process of `instance`.
  void book_fork(AccountKey account, Nanoseconds ns, const InstancePtr& instance);

  /// Books all that waits for a sandbox to be known; the window ends.
  void give_up();

 private:
  struct Process {
    std::string name;
    ProgramKind kind;
    std::string component;  ///< of its lineage, where its own name says nothing
    CgroupId cgroup = 0;
    bool work = false;
    bool interrupt = false;
    bool forked = false;  ///< and has run no program of its own yet
    LineagePtr lineage;
    InstancePtr own;  ///< whose cgroup it runs in
    Buckets seen{};
    Nanoseconds carved_seen = 0;
    Buckets cycles_seen{};
    Buckets instructions_seen{};
    Amount advance;  ///< booked by estimate, and not yet counted
  };

  void become(Process& process, const Executed& input);
  void book(Process& process, const Buckets& total, const CellsRead::Counted* counted);
  void book_before_exec(Process& process, const Buckets& total);
  void book_carved(Process& process, Nanoseconds carved);
  void book_phase(Process& process, Phase phase, const Amount& amount);
  void book_own(Process& process, Phase phase, const Amount& amount);
  void take_back(Process& process, const Buckets& total);
  bool was_forked_for(const Process& process, const Executed& input) const;
  static bool is_own(const Process& process);
  bool is_inside(const Process& process) const { return instances_.by_cgroup(process.cgroup) != nullptr; }
  void leave_lineage(const LineagePtr& lineage, Nanoseconds time);
  void start_lineage(Process& process, const Executed& input);
  void name_sandbox(Process& process, const Executed& input);
  InstancePtr sandbox_of_cni(const std::string& id) const;
  static void set_name(Process& process, const std::string& name, const Catalog& catalog);

  const Catalog& catalog_;
  InstanceTable& instances_;
  Books& books_;
  Apportioner& apportioner_;
  std::unordered_map<AccountKey, Process> processes_;
};

}  // namespace faastax::ledger
