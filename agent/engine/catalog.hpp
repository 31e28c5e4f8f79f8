// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/rules/rules.hpp"
#include "bpf/abi/fx_abi.h"
#include "ledger/catalog.hpp"

#include <string>
#include <utility>
#include <vector>

namespace faastax::engine {

/// The rules file, as the ledger asks it.
class RulesCatalog final : public ledger::Catalog {
 public:
  /// `rules` must outlive it.
  explicit RulesCatalog(const rules::Rules& rules) : rules_(rules) {}

  ledger::ProgramKind program(std::string_view name) const override {
    const rules::ProgramRule& rule = rules_.program_of(name);
    return {rule.program, rule.component, rule.activity, rule.hides_requests, rule.apportioned};
  }
  ledger::ProgramKind work(std::string_view symbol) const override {
    const rules::WorkRule rule = rules_.work_of(symbol);
    return {.component = rule.component, .activity = rule.activity, .apportioned = rule.apportioned};
  }

 private:
  const rules::Rules& rules_;
};

/// The rules' programs, as the kernel's table has them.
std::vector<std::pair<std::string, fx_program>> kernel_programs(const rules::Rules& rules);

}  // namespace faastax::engine
