// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "bpf/abi/fx_abi.h"
#include "ledger/types.hpp"

namespace faastax::engine {

/// Which sandbox a runtime, shim or client works for. A client's arguments come as hashes, which are
/// compared with the sandboxes that become known while it runs and then forgotten. Pure.
class Namer {
 public:
  /// A runtime or shim named `sandbox`.
  void named(ledger::AccountKey account, const std::string& sandbox);

  /// A client began with these arguments. Returns the known sandbox that one of them names.
  std::optional<std::string> client(ledger::AccountKey account, std::vector<std::uint64_t> hashes);

  /// A sandbox is known from now on: named by a worker, which it then is as long as one runs, or `made`,
  /// until it is gone. Returns the clients that name it.
  std::vector<ledger::AccountKey> appeared(const std::string& sandbox, bool made);

  /// The one that `account` named; empty if none.
  const std::string& sandbox_of(ledger::AccountKey account) const;

  /// All that named `sandbox` and still run.
  std::vector<ledger::AccountKey> workers_of(const std::string& sandbox) const;

  void gone(const std::string& sandbox);
  void ended(ledger::AccountKey account);

  /// The hash that the kernel's side makes of an argument.
  static std::uint64_t hash_of(std::string_view argument);

 private:
  struct Known {
    std::string name;
    bool made = false;  ///< its cgroup is there
  };

  void forget(ledger::AccountKey account);

  std::unordered_map<ledger::AccountKey, std::string> names_;
  std::unordered_map<std::string, std::set<ledger::AccountKey>> workers_;       ///< names_, by sandbox
  std::unordered_map<ledger::AccountKey, std::vector<std::uint64_t>> waiting_;  ///< clients
  std::unordered_map<std::uint64_t, Known> sandboxes_;                          ///< by hash
};

}  // namespace faastax::engine
