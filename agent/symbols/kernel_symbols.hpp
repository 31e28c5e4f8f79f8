// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace faastax::symbols {

/// The name of what cannot be resolved.
inline constexpr std::string_view kUnknownSymbol = "unknown";

/// Without what the compiler added: "cleanup_net.isra.0" is cleanup_net.
std::string_view without_suffix(std::string_view symbol);

/// Calls visit(name, address) for every kernel symbol that is not data, modules included. False when the
/// kernel's table cannot be read.
using SymbolVisitor = std::function<void(const char* name, std::uint64_t address)>;
using SymbolWalk = std::function<bool(const SymbolVisitor& visit)>;

/// The walk over the running kernel's table (/proc/kallsyms, by libbcc_bpf).
bool walk_kernel(const SymbolVisitor& visit);

/// Names of kernel functions by their first address, as kernel workers' functions are given. Keeps the
/// answers and the names that are likely to be asked for (some 700), not the table: about 120,000 symbols are
/// walked in 0.07 s whenever other addresses come, so ask for several at once. Not for use from several
/// threads.
class KernelSymbols {
 public:
  explicit KernelSymbols(SymbolWalk walk = walk_kernel);

  /// Looks up those that are not yet known, all in one walk. An address that is found nowhere stays
  /// "unknown" and is not looked for again.
  void resolve(std::span<const std::uint64_t> addresses);

  /// Resolves it when needed. Valid as long as this object.
  std::string_view name_of(std::uint64_t address);

  /// Why names are missing, after a walk that found no address at all; else empty.
  const std::string& problem() const { return problem_; }

 private:
  SymbolWalk walk_;
  std::unordered_map<std::uint64_t, std::string> names_;
  std::string problem_;
};

}  // namespace faastax::symbols
