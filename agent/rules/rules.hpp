// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/rules/name_table.hpp"
#include "agent/rules/path_pattern.hpp"
#include "agent/rules/probe_rule.hpp"
#include "ledger/types.hpp"

/// What a program and a cgroup are, by their names alone (docs/ARCHITECTURE.md). Pure; reading a rule file
/// is parse_rules()'s affair.
namespace faastax::rules {

/// The kernel keeps this much of an executable's name (TASK_COMM_LEN less the final zero).
inline constexpr std::size_t kCommBytes = 15;

struct ProgramRule {
  ledger::Program program = ledger::Program::kOther;
  std::string component = {};  ///< empty: the node's
  /// Of its time that no creation, removal or request explains.
  ledger::Activity activity = ledger::Activity::kOther;
  /// Requests to the sandboxes that it makes do not pass this kernel's TCP: gVisor, a microVM.
  bool hides_requests = false;
  /// Serves all sandboxes: what it uses for them beyond its baseline is divided among them.
  bool apportioned = false;
};

/// What a kernel work function's time is.
struct WorkRule {
  std::string component;  ///< its worker's: kworker:FUNCTION
  ledger::Activity activity = ledger::Activity::kOther;
  bool apportioned = false;  ///< as ProgramRule's
};

/// A rule as a BPF map can hold it.
struct ProgramEntry {
  std::string comm;     ///< cut to kCommBytes
  bool prefix = false;  ///< `comm` with any ending, even after what the cut left
  ProgramRule rule;
};

/// What a cgroup's path says.
struct CgroupIdentity {
  std::string sandbox =
      {};  ///< container or VM id, an emergency instance's name; of a pod's own cgroup its UID
  std::string space = {};  ///< namespace of the function, or empty
  std::string function = {};
  ledger::Track track = ledger::Track::kUnknown;
  std::string pod = {};         ///< pod's UID with dashes, or empty
  bool is_pod = false;          ///< the cgroup of a whole pod: its containers' cgroups are below
  bool hides_requests = false;  ///< as of ProgramRule

  bool operator==(const CgroupIdentity&) const = default;
};

/// The instance that a cgroup belongs to: `root` is the cgroup that is the instance.
struct EnclosingSandbox {
  std::string root;
  CgroupIdentity identity;
};

/// One entry of the section `cgroups`.
struct CgroupRule {
  std::string name;
  std::vector<PathPattern> patterns;
  bool exclude = false;
  std::string space;  ///< where the pattern keeps none
  std::string function;
  ledger::Track track = ledger::Track::kUnknown;
  bool hides_requests = false;
};

/// A rule file's sections after merging.
struct RuleSet {
  NameTable<ProgramRule> programs;
  NameTable<ledger::Activity> components;
  NameTable<ledger::Activity> work;
  NameTable<bool> apportioned;      ///< by component
  std::vector<CgroupRule> cgroups;  ///< the first that fits decides
  std::vector<ProbeRule> probes;    ///< of each sign no more than kProbesOfASign
};

class Rules {
 public:
  Rules() = default;
  explicit Rules(RuleSet set);

  /// By the kernel's name of a task (cut at 15 bytes) or an executable's whole name. Who is not listed is
  /// Program::kOther without a component.
  const ProgramRule& program_of(std::string_view comm) const;
  std::vector<ProgramEntry> all_programs() const;

  /// Absent for a cgroup whose path says nothing: an ancestor, a part of a sandbox, or another's.
  std::optional<CgroupIdentity> identify(std::string_view cgroup_path) const;

  /// The same for any cgroup inside a sandbox: the innermost pod around it, else the outermost container.
  /// A pod wins over a container around it, as nodes can themselves be containers.
  std::optional<EnclosingSandbox> sandbox_of(std::string_view cgroup_path) const;

  /// Of a kernel work function, compiler suffixes removed.
  WorkRule work_of(std::string_view symbol) const;

  /// What tells a health probe from a request.
  const std::vector<ProbeRule>& probes() const { return set_.probes; }

  const RuleSet& set() const { return set_; }

 private:
  RuleSet set_;
  NameTable<ProgramRule> cut_programs_;  ///< rules with longer names, under what the kernel keeps of them
};

/// The activity of an unexplained slice of a program of this class.
ledger::Activity class_activity(ledger::Program program);

}  // namespace faastax::rules
