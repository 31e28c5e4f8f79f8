// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "ledger/books.hpp"
#include "ledger/instance.hpp"

namespace faastax::ledger {

/// What a lineage works on.
enum class Duty : std::uint8_t {
  kByPhase,   ///< create until the exec, manage while it lives, teardown after the stop
  kCreate,    ///< CNI ADD
  kTeardown,  ///< delete, CNI DEL
  kManage,    ///< exec, state, image work: no single creation or removal
};

/// A runtime's, shim's, client's or CNI plugin's process and all that descend from it: the proof that
/// their time serves one sandbox. What they use before the sandbox is known waits here.
class Lineage {
 public:
  Lineage(Duty duty, std::shared_ptr<Lineage> parent) : duty_(duty), parent_(std::move(parent)) {}

  Duty duty() const { return duty_; }

  /// The instance it serves, found here or above; null while unknown.
  InstancePtr served() const;

  /// Proves whom it serves: what waited is booked, and what stands above learns it too.
  void serve(const InstancePtr& instance, Books& books);

  /// It made the cgroup of `instance`, which proves more than any name: two runtimes may use the same one.
  void made(const InstancePtr& instance, Books& books);

  /// Books time of one of its processes, or keeps it until served() is known.
  void book(const std::string& component, Phase phase, const Amount& amount, Books& books);

  void enter() { ++processes_; }

  /// A process ended. With the last one, what nothing has explained goes to whatever stands above, or is
  /// booked to its component under `manage`.
  void leave(Books& books);

  /// It named `instance` as one that it makes.
  void names(InstancePtr instance);

  /// Called once it is over: the instance that it should have made, if nobody else is at it. Null if none.
  InstancePtr abandoned();
  bool is_over() const { return processes_ == 0; }

  /// Books all that waits; the window ends.
  void give_up(Books& books) { book_waiting(books); }

 private:
  Activity activity_of(Phase phase) const;
  Activity before_exec() const;
  void book_waiting(Books& books);

  Duty duty_;
  std::shared_ptr<Lineage> parent_;
  InstancePtr served_;
  InstancePtr named_;
  Activity before_exec_ = Activity::kManage;  ///< what its time in Phase::kBeforeExec is
  std::uint32_t processes_ = 0;
  std::map<std::pair<std::string, Phase>, Amount> waiting_;
};

using LineagePtr = std::shared_ptr<Lineage>;

/// The duty of a program that was asked to do `verb`.
Duty duty_of(Program program, Verb verb);

}  // namespace faastax::ledger
