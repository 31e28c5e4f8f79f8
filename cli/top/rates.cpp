// SPDX-License-Identifier: Apache-2.0
#include "cli/top/rates.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace faastax::cli::top {
namespace {

constexpr double kSecond = 1e9;

Cpu cpu_of(const ledger::CpuByActivity& cpu) {
  Cpu result{};
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = cpu.of(static_cast<ledger::Activity>(i));
  return result;
}

Cpus cpus_in(const Cpu& after, const Cpu& before, double seconds) {
  Cpus result{};
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = static_cast<double>(after[i] - before[i]) / kSecond / seconds;
  return result;
}

double per_second(std::uint64_t after, std::uint64_t before, double seconds) {
  return static_cast<double>(after - before) / seconds;
}

/// What was there before; nothing of what is new, or was forgotten and begins again.
template <typename Map, typename Key>
const typename Map::mapped_type& found_or_nothing(const Map& map, const Key& key) {
  static const typename Map::mapped_type kNothing{};
  const auto found = map.find(key);
  return found == map.end() ? kNothing : found->second;
}

void add_components(const Reading& before, const ledger::Totals& books, double seconds, Rates& now) {
  for (const auto& [name, cpu] : books.components) {
    ComponentRate rate{name, cpus_in(cpu_of(cpu), found_or_nothing(before.components, name), seconds)};
    if (sum(rate.cpus) > 0) now.components.push_back(std::move(rate));
  }
  std::ranges::stable_sort(now.components, std::ranges::greater{},
                           [](const ComponentRate& of) { return sum(of.cpus); });
}

/// The same of a function, also where it was forgotten and began again since that reading.
Reading::Function before_of(const Reading& before, const ledger::FunctionName& name,
                            const ledger::FunctionTotals& now) {
  const Reading::Function& then = found_or_nothing(before.functions, name);
  const Cpu cpu = cpu_of(now.cpu);
  bool anew = now.started < then.started || now.completed < then.completed;
  for (std::size_t i = 0; i < cpu.size(); ++i) anew = anew || cpu[i] < then.cpu[i];
  return anew ? Reading::Function{} : then;
}

void add_functions(const Reading& before, const ledger::Totals& books, double seconds, Rates& now) {
  for (const auto& [name, totals] : books.functions) {
    const Reading::Function then = before_of(before, name, totals);
    FunctionRate rate{.name = name,
                      .cpus = cpus_in(cpu_of(totals.cpu), then.cpu, seconds),
                      .starts = per_second(totals.started, then.started, seconds),
                      .requests = per_second(totals.completed, then.completed, seconds),
                      .instances = totals.instances};
    now.requests += rate.requests;
    std::uint64_t live = 0;
    for (std::size_t i = 0; i < now.instances.size(); ++i) {
      now.instances[i] += totals.instances[i];
      live += totals.instances[i];
    }
    if (live > 0 || sum(rate.cpus) > 0) now.functions.push_back(std::move(rate));
  }
  std::ranges::stable_sort(now.functions, std::ranges::greater{},
                           [](const FunctionRate& of) { return sum(of.cpus); });
}

}  // namespace

double sum(const Cpus& cpus) { return std::accumulate(cpus.begin(), cpus.end(), 0.0); }

Reading reading_of(const ledger::Totals& books) {
  Reading reading{.cpu = cpu_of(books.cpu),
                  .wall = books.wall,
                  .idle = books.idle,
                  .steal = books.steal,
                  .residual = books.residual,
                  .started = books.started,
                  .lost_events = books.lost_events,
                  .components = {},
                  .functions = {}};
  for (const auto& [name, cpu] : books.components) reading.components[name] = cpu_of(cpu);
  for (const auto& [name, totals] : books.functions)
    reading.functions[name] = {cpu_of(totals.cpu), totals.started, totals.completed};
  return reading;
}

Rates rates(const Reading& before, const ledger::Totals& books, double seconds) {
  Rates now{.cpus_online = static_cast<double>(books.wall - before.wall) / kSecond / seconds,
            .cpus = cpus_in(cpu_of(books.cpu), before.cpu, seconds),
            .idle = static_cast<double>(books.idle - before.idle) / kSecond / seconds,
            .steal = static_cast<double>(books.steal - before.steal) / kSecond / seconds,
            .residual = static_cast<double>(books.residual - before.residual) / kSecond / seconds,
            .starts = per_second(books.started, before.started, seconds),
            .requests = 0,
            .instances = {},
            .memory_bytes = books.memory_bytes,
            .overhead_bytes = books.overhead_bytes,
            .lost_events = books.lost_events - before.lost_events,
            .components = {},
            .functions = {}};
  add_components(before, books, seconds, now);
  add_functions(before, books, seconds, now);
  return now;
}

}  // namespace faastax::cli::top
