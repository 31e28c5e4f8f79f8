// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ledger/totals.hpp"
#include "ledger/types.hpp"

/// What happens now: the difference of two readings of the books. Pure.
namespace faastax::cli::top {

using Cpu = std::array<ledger::Nanoseconds, ledger::kActivities>;

/// What is kept of a reading to compare the next one with.
struct Reading {
  struct Function {
    Cpu cpu{};
    std::uint64_t started = 0;
    std::uint64_t completed = 0;
  };
  Cpu cpu{};
  ledger::Nanoseconds wall = 0;
  ledger::Nanoseconds idle = 0;
  std::int64_t steal = 0;
  std::int64_t residual = 0;
  std::uint64_t started = 0;
  std::uint64_t lost_events = 0;
  std::map<std::string, Cpu> components;
  std::map<ledger::FunctionName, Function> functions;
};
Reading reading_of(const ledger::Totals& books);

using Cpus = std::array<double, ledger::kActivities>;  ///< CPUs in use, by activity
double sum(const Cpus& cpus);

struct ComponentRate {
  std::string name;
  Cpus cpus{};
};

struct FunctionRate {
  ledger::FunctionName name;
  Cpus cpus{};
  double starts = 0;    ///< a second
  double requests = 0;  ///< completed, a second
  std::array<std::uint64_t, ledger::kInstanceStates> instances{};
};

struct Rates {
  double cpus_online = 0;
  Cpus cpus{};
  double idle = 0;  ///< in CPUs, as the others
  double steal = 0;
  double residual = 0;
  double starts = 0;    ///< instances a second
  double requests = 0;  ///< completed, a second
  std::array<std::uint64_t, ledger::kInstanceStates> instances{};
  std::array<std::uint64_t, ledger::kInstanceStates> memory_bytes{};
  std::uint64_t overhead_bytes = 0;
  std::uint64_t lost_events = 0;          ///< since the reading before
  std::vector<ComponentRate> components;  ///< those that did something, largest first
  std::vector<FunctionRate> functions;    ///< those with instances or CPU, largest first
};

/// `seconds` apart. Gauges are those of `books`, the later reading.
Rates rates(const Reading& before, const ledger::Totals& books, double seconds);

}  // namespace faastax::cli::top
