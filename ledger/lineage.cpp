// SPDX-License-Identifier: Apache-2.0
#include "ledger/lineage.hpp"

namespace faastax::ledger {

Duty duty_of(Program program, Verb verb) {
  switch (verb) {
    case Verb::kCniAdd:
      return Duty::kCreate;
    case Verb::kDelete:
    case Verb::kKill:
    case Verb::kCniDel:
      return Duty::kTeardown;
    case Verb::kExec:
    case Verb::kPause:
    case Verb::kCniOther:
      return Duty::kManage;
    case Verb::kOther:
      // A client's words are many (image pull, ps, logs …) and its argument may look like a verb: what
      // it serves is known only if it names a sandbox.
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
  began_after_stop_ = instance->stopped != 0;
  if (parent_ && !parent_->served_) parent_->serve(instance, books);
  for (const auto& [key, ns] : waiting_) {
    books.release_lineage(ns);
    books.book_component(key.first, activity_of(key.second, instance.get()), Evidence::kDirect, ns,
                         instance.get());
  }
  waiting_.clear();
}

Activity Lineage::activity_of(Phase phase, const Instance* served) const {
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
      if (began_after_stop_) return Activity::kTeardown;
      return served != nullptr ? Activity::kCreate : Activity::kManage;
    case Phase::kStopped:
      return Activity::kTeardown;
    case Phase::kStarting:
    case Phase::kIdle:
    case Phase::kBusy:
      return Activity::kManage;
  }
  return Activity::kManage;
}

void Lineage::book(const std::string& component, Phase phase, Nanoseconds ns, Books& books) {
  if (ns == 0) return;
  const InstancePtr instance = served();
  if (instance || duty_ != Duty::kByPhase) {
    books.book_component(component, activity_of(phase, instance.get()), Evidence::kDirect, ns, instance.get());
    return;
  }
  waiting_[{component, phase}] += ns;
  books.hold_lineage(ns);
}

void Lineage::leave(Books& books) {
  if (--processes_ > 0 || waiting_.empty()) return;
  if (parent_ && !parent_->is_over()) {
    for (const auto& [key, ns] : waiting_) parent_->waiting_[key] += ns;
    waiting_.clear();
    return;
  }
  give_up(books);
}

void Lineage::give_up(Books& books) {
  const InstancePtr instance = served();
  for (const auto& [key, ns] : waiting_) {
    books.release_lineage(ns);
    books.book_component(key.first, activity_of(key.second, instance.get()), Evidence::kDirect, ns,
                         instance.get());
  }
  waiting_.clear();
}

}  // namespace faastax::ledger
