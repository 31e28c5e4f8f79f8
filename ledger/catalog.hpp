// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "ledger/types.hpp"

namespace faastax::ledger {

/// What a program is: its class, its component's name (empty: not part of the platform) and the activity
/// of what nothing else explains.
struct ProgramKind {
  Program program = Program::kOther;
  std::string component;
  Activity activity = Activity::kOther;
  bool hides_requests = false;  ///< of the sandboxes that it makes: gVisor, microVMs
  bool apportioned = false;     ///< one that serves all sandboxes; see Apportioner
};

/// What the names of programs and of kernel work functions mean. The rules file stands behind it.
class Catalog {
 public:
  virtual ~Catalog() = default;
  virtual ProgramKind program(std::string_view name) const = 0;
  /// Of a work function the component is its worker's: kworker:NAME.
  virtual ProgramKind work(std::string_view symbol) const = 0;
};

}  // namespace faastax::ledger
