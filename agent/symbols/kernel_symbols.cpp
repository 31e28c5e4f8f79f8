// SPDX-License-Identifier: Apache-2.0
#include "agent/symbols/kernel_symbols.hpp"

#include <bcc/bcc_proc.h>

#include <utility>

namespace faastax::symbols {
namespace {

void visit_one(const char* name, const char* /*module*/, std::uint64_t address, void* visitor) {
  (*static_cast<const SymbolVisitor*>(visitor))(name, address);
}

/// Most functions of kernel workers say so: kept, they spare the walk when they are met.
bool may_be_asked_for(std::string_view name) {
  return name.find("work") != std::string_view::npos && !name.starts_with("__pfx_");
}

}  // namespace

std::string_view without_suffix(std::string_view symbol) { return symbol.substr(0, symbol.find('.', 1)); }

bool walk_kernel(const SymbolVisitor& visit) {
  SymbolVisitor visitor = visit;
  return bcc_procutils_each_ksym(visit_one, &visitor) == 0;
}

KernelSymbols::KernelSymbols(SymbolWalk walk) : walk_(std::move(walk)) {}

void KernelSymbols::resolve(std::span<const std::uint64_t> addresses) {
  bool wanted = false;
  for (std::uint64_t address : addresses) wanted |= names_.emplace(address, std::string()).second;
  if (!wanted || !problem_.empty()) return;
  bool any_address = false;
  const bool readable = walk_([&](const char* name, std::uint64_t address) {
    any_address |= address != 0;
    const bool likely = address != 0 && may_be_asked_for(name);
    const auto found = likely ? names_.try_emplace(address).first : names_.find(address);
    // Of several names for one address the first stands.
    if (found != names_.end() && found->second.empty()) found->second = without_suffix(name);
  });
  if (!readable) {
    problem_ = "/proc/kallsyms cannot be read: kernel work functions stay unnamed";
  } else if (!any_address) {
    problem_ =
        "the kernel hides its addresses (kptr_restrict, or CAP_SYSLOG is missing): kernel work functions "
        "stay unnamed";
  }
  for (std::uint64_t address : addresses) {
    if (names_.at(address).empty()) names_.at(address) = kUnknownSymbol;
  }
}

std::string_view KernelSymbols::name_of(std::uint64_t address) {
  if (const auto found = names_.find(address); found != names_.end() && !found->second.empty()) {
    return found->second;
  }
  resolve(std::span(&address, 1));
  const std::string& name = names_.at(address);
  return name.empty() ? kUnknownSymbol : std::string_view(name);
}

}  // namespace faastax::symbols
