// SPDX-License-Identifier: Apache-2.0
#include "ledger/lineage.hpp"

#include <utility>

namespace faastax::ledger {

Duty duty_of(Program program, Verb verb) {
  switch (verb) {
    case Verb::kCniAdd:
      return Duty::kCreate;
    case Verb::kCniDel:
      return Duty::kTeardown;
    case Verb::kDelete:
    case Verb::kKill:
      // A client's words are many (image delete, volume create, ps …) and its argument may look like a
      // verb: what it serves is known only if it names a sandbox.
      return program == Program::kClient ? Duty::kByPhase : Duty::kTeardown;
    case Verb::kExec:
    case Verb::kPause:
    case Verb::kCniOther:
      return Duty::kManage;
    case Verb::kOther:
      return program == Program::kRuntime ? Duty::kManage : Duty::kByPhase;
    case Verb::kNone:
    case Verb::kCreate:
    case Verb::kRun:
    case Verb::kStart:
      return Duty::kByPhase;
  }
  return Duty::kByPhase;
}

InstancePtr Lineage::served() const {
  if (served_) return served_;
  return parent_ ? parent_->served() : nullptr;
}

void Lineage::serve(const InstancePtr& instance, Books& books) {
  if (served_) return;
  served_ = instance;
  if (instance->stopped != 0) {
    before_exec_ = Activity::kTeardown;
  } else if (instance->execed == 0) {
    before_exec_ = Activity::kCreate;
  }
  if (parent_ && !parent_->served_) parent_->serve(instance, books);
  book_waiting(books);
}

void Lineage::made(const InstancePtr& instance, Books& books) {
  if (served_ != instance) served_ = nullptr;
  serve(instance, books);
}

void Lineage::names(InstancePtr instance) {
  if (named_ == instance) return;
  if (named_) --named_->makers;
  named_ = std::move(instance);
  ++named_->makers;
}

InstancePtr Lineage::abandoned() {
  const InstancePtr named = std::exchange(named_, nullptr);
  return named && --named->makers == 0 ? named : nullptr;
}

Activity Lineage::before_exec() const {
  if (served_) return before_exec_;
  return parent_ ? parent_->before_exec() : Activity::kManage;
}

Activity Lineage::activity_of(Phase phase) const {
  switch (duty_) {
    case Duty::kCreate:
      return Activity::kCreate;
    case Duty::kTeardown:
      return Activity::kTeardown;
    case Duty::kManage:
      return Activity::kManage;
    case Duty::kByPhase:
      break;
  }
  switch (phase) {
    case Phase::kBeforeExec:
      return before_exec();
    case Phase::kStopped:
      return Activity::kTeardown;
    case Phase::kStarting:
    case Phase::kIdle:
    case Phase::kBusy:
    case Phase::kProbed:
    case Phase::kOpaque:
      return Activity::kManage;
  }
  return Activity::kManage;
}

void Lineage::book(const std::string& component, Phase phase, const Amount& amount, Books& books) {
  if (amount.empty()) return;
  const InstancePtr instance = served();
  if (instance || duty_ != Duty::kByPhase) {
    books.book_component(component, activity_of(phase), Evidence::kDirect, amount, instance.get());
    return;
  }
  waiting_[{component, phase}] += amount;
  books.hold_waiting(amount.ns);
}

void Lineage::leave(Books& books) {
  if (--processes_ > 0 || waiting_.empty()) return;
  if (parent_ && !parent_->is_over() && !served()) {
    for (const auto& [key, amount] : waiting_) parent_->waiting_[key] += amount;
    waiting_.clear();
    return;
  }
  book_waiting(books);
}

void Lineage::book_waiting(Books& books) {
  const InstancePtr instance = served();
  for (const auto& [key, amount] : waiting_) {
    books.release_waiting(amount.ns);
    books.book_component(key.first, activity_of(key.second), Evidence::kDirect, amount, instance.get());
  }
  waiting_.clear();
}

}  // namespace faastax::ledger
