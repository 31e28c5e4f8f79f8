// SPDX-License-Identifier: Apache-2.0
#include "agent/symbols/kernel_symbols.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

namespace faastax::symbols {
namespace {

struct Symbol {
  const char* name;
  std::uint64_t address;
};

SymbolWalk table(std::vector<Symbol> symbols, int& walks) {
  return [symbols, &walks](const SymbolVisitor& visit) {
    ++walks;
    for (const Symbol& symbol : symbols) visit(symbol.name, symbol.address);
    return true;
  };
}

TEST(KernelSymbols, CompilerSuffixesGo) {
  EXPECT_EQ(without_suffix("cleanup_net"), "cleanup_net");
  EXPECT_EQ(without_suffix("free_work.isra.0"), "free_work");
  EXPECT_EQ(without_suffix("f.constprop.0.cold"), "f");
  EXPECT_EQ(without_suffix(""), "");
}

TEST(KernelSymbols, OneWalkForManyAndNoneForKnown) {
  int walks = 0;
  KernelSymbols symbols(table({{"a.isra.0", 16}, {"b", 32}, {"alias_of_b", 32}}, walks));
  const std::vector<std::uint64_t> addresses = {16, 32, 99};
  symbols.resolve(addresses);
  EXPECT_EQ(walks, 1);
  EXPECT_EQ(symbols.name_of(16), "a");
  EXPECT_EQ(symbols.name_of(32), "b");
  EXPECT_EQ(symbols.name_of(99), "unknown");
  symbols.resolve(addresses);
  EXPECT_EQ(walks, 1);
  EXPECT_EQ(symbols.problem(), "");
}

TEST(KernelSymbols, NamesOfWorkAreKeptFromAnyWalk) {
  int walks = 0;
  KernelSymbols symbols(table({{"a", 16}, {"__pfx_fqdir_work_fn", 30}, {"fqdir_work_fn", 32}}, walks));
  EXPECT_EQ(symbols.name_of(16), "a");
  EXPECT_EQ(symbols.name_of(32), "fqdir_work_fn");
  EXPECT_EQ(walks, 1);
}

TEST(KernelSymbols, HiddenAddressesAreSaidOnceAndNotLookedForAgain) {
  int walks = 0;
  KernelSymbols symbols(table({{"a", 0}, {"b", 0}}, walks));
  EXPECT_EQ(symbols.name_of(16), "unknown");
  EXPECT_EQ(symbols.name_of(32), "unknown");
  EXPECT_EQ(walks, 1);
  EXPECT_NE(symbols.problem().find("hides its addresses"), std::string::npos);
}

TEST(KernelSymbols, AnUnreadableTable) {
  KernelSymbols symbols([](const SymbolVisitor&) { return false; });
  EXPECT_EQ(symbols.name_of(16), "unknown");
  EXPECT_NE(symbols.problem().find("cannot be read"), std::string::npos);
}

long peak_kilobytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TEST(KernelSymbols, ThisKernel) {
  const long peak_before = peak_kilobytes();
  std::uint64_t address = 0;
  std::size_t count = 0;
  ASSERT_TRUE(walk_kernel([&](const char* name, std::uint64_t at) {
    ++count;
    if (std::string_view(name) == "cleanup_net") address = at;
  }));
  if (address == 0) GTEST_SKIP() << "this kernel hides its addresses, or has no cleanup_net";
  EXPECT_GT(count, 10'000U);
  KernelSymbols symbols;
  EXPECT_EQ(symbols.name_of(address), "cleanup_net");
  EXPECT_EQ(symbols.name_of(address + 1), "unknown");
  EXPECT_LT(peak_kilobytes() - peak_before, 6'000) << "kB: the table must not be kept";
}

/// Exit status 0 when, without privileges, the problem is told or the kernel hides nothing.
int resolve_as_nobody(std::uint64_t address) {
  constexpr uid_t kNobody = 65534;
  if (::setuid(kNobody) != 0) return 2;
  KernelSymbols symbols;
  const bool hidden = symbols.name_of(address) == kUnknownSymbol;
  return hidden == !symbols.problem().empty() ? 0 : 1;
}

TEST(KernelSymbols, ThisKernelWithoutPrivileges) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to give privileges up";
  std::uint64_t address = 0;
  walk_kernel([&](const char* name, std::uint64_t at) {
    if (std::string_view(name) == "cleanup_net") address = at;
  });
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(resolve_as_nobody(address));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace faastax::symbols
