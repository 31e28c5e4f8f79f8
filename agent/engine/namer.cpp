// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/namer.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "bpf/lib/token.h"

namespace faastax::engine {

std::uint64_t Namer::hash_of(std::string_view argument) {
  std::array<__u64, FX_ID_LEN / 8> words{};
  // The kernel's side reads a string with its final zero.
  std::memcpy(words.data(), argument.data(), std::min<std::size_t>(argument.size(), FX_ID_LEN - 1));
  return fx_token_hash(words.data());
}

void Namer::named(ledger::AccountKey account, const std::string& sandbox) {
  forget(account);
  names_[account] = sandbox;
  workers_[sandbox].insert(account);
}

void Namer::forget(ledger::AccountKey account) {
  const auto named = names_.find(account);
  if (named == names_.end()) return;
  const auto workers = workers_.find(named->second);
  workers->second.erase(account);
  if (workers->second.empty()) workers_.erase(workers);
  names_.erase(named);
}

std::optional<std::string> Namer::client(ledger::AccountKey account, std::vector<std::uint64_t> hashes) {
  for (const std::uint64_t hash : hashes) {
    const auto known = sandboxes_.find(hash);
    if (known == sandboxes_.end()) continue;
    named(account, known->second.name);
    return known->second.name;
  }
  waiting_[account] = std::move(hashes);
  return std::nullopt;
}

std::vector<ledger::AccountKey> Namer::appeared(const std::string& sandbox, bool made) {
  const std::uint64_t hash = hash_of(sandbox);
  Known& known = sandboxes_[hash];
  known.name = sandbox;
  known.made |= made;
  std::vector<ledger::AccountKey> clients;
  for (const auto& [account, hashes] : waiting_) {
    if (std::ranges::find(hashes, hash) != hashes.end()) clients.push_back(account);
  }
  for (const ledger::AccountKey account : clients) {
    waiting_.erase(account);
    named(account, sandbox);
  }
  std::ranges::sort(clients);
  return clients;
}

const std::string& Namer::sandbox_of(ledger::AccountKey account) const {
  static const std::string kNone;
  const auto found = names_.find(account);
  return found == names_.end() ? kNone : found->second;
}

std::vector<ledger::AccountKey> Namer::workers_of(const std::string& sandbox) const {
  const auto workers = workers_.find(sandbox);
  if (workers == workers_.end()) return {};
  return {workers->second.begin(), workers->second.end()};
}

void Namer::gone(const std::string& sandbox) { sandboxes_.erase(hash_of(sandbox)); }

void Namer::ended(ledger::AccountKey account) {
  waiting_.erase(account);
  const auto found = names_.find(account);
  if (found == names_.end()) return;
  const std::string sandbox = found->second;
  forget(account);
  // `delete` and `state` come after a sandbox's end too, and a failed `run` names one that never is.
  const auto known = sandboxes_.find(hash_of(sandbox));
  if (known != sandboxes_.end() && !known->second.made && !workers_.contains(sandbox))
    sandboxes_.erase(known);
}

}  // namespace faastax::engine
