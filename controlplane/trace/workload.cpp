// SPDX-License-Identifier: Apache-2.0
#include "controlplane/trace/workload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numeric>
#include <random>
#include <set>
#include <string_view>

#include "controlplane/trace/thin.hpp"

namespace faastax::trace {
namespace {

constexpr double kMinuteSeconds = 60;
constexpr double kMinExecMs = 1;
constexpr double kMaxExecMs = 60'000;
constexpr double kMinMemoryMib = 1;
constexpr double kMaxMemoryMib = 10'240;
constexpr double kMilli = 1e3;
constexpr std::size_t kNameLength = 12;

// The standard's engines give the same numbers everywhere, its distributions do not: those are ours.
class Random {
 public:
  Random(std::uint64_t seed, std::string_view stream) : engine_(seed ^ hash(stream)) {}
  /// Evenly in [0, 1).
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }
  double exponential() { return -std::log1p(-uniform()); }

 private:
  static std::uint64_t hash(std::string_view text) {  // FNV-1a
    std::uint64_t value = 0xcbf29ce484222325;
    for (const unsigned char byte : text) value = (value ^ byte) * 0x100000001b3;
    return value;
  }
  std::mt19937_64 engine_;
};

struct Window {
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::uint64_t invocations_in(const FunctionTrace& function, Window window) {
  const auto begin = function.invocations.begin();
  return std::accumulate(begin + static_cast<std::ptrdiff_t>(window.begin),
                         begin + static_cast<std::ptrdiff_t>(window.end), std::uint64_t{0});
}

std::vector<const FunctionTrace*> choose(const Trace& trace, Window window, const Selection& selection) {
  std::vector<std::pair<std::uint64_t, const FunctionTrace*>> invoked;
  for (const FunctionTrace& function : trace.functions) {
    const auto count = invocations_in(function, window);
    if (count > 0 && count >= selection.min_requests) invoked.emplace_back(count, &function);
  }
  std::ranges::sort(invoked, [](const auto& a, const auto& b) {
    if (a.first != b.first) return a.first > b.first;
    return std::tie(a.second->function, a.second->app, a.second->owner) <
           std::tie(b.second->function, b.second->app, b.second->owner);
  });
  std::size_t wanted = selection.functions;
  if (wanted == 0 || wanted > invoked.size()) wanted = invoked.size();
  std::vector<const FunctionTrace*> chosen;
  for (std::size_t i = 0; i < wanted; ++i)
    chosen.push_back(invoked[(2 * i + 1) * invoked.size() / (2 * wanted)].second);
  return chosen;
}

std::string name_for(const FunctionTrace& function, const std::set<std::string>& taken) {
  std::string name;
  for (const char c : function.function.substr(0, kNameLength)) {
    name += std::isalnum(static_cast<unsigned char>(c)) ? static_cast<char>(std::tolower(c)) : '-';
  }
  if (name.empty()) name += 'f';
  std::string unique = name;
  for (int i = 2; taken.contains(unique); ++i) unique = fmt::format("{}-{}", name, i);
  return unique;
}

// Seconds within the minute, in order.
std::vector<double> arrivals_in_minute(std::uint32_t count, Random& random) {
  std::vector<double> gaps(count);
  for (double& gap : gaps) gap = random.exponential();
  const double sum = std::accumulate(gaps.begin(), gaps.end(), 0.0);
  const double scale = sum > 0 ? kMinuteSeconds / sum : 0;
  std::vector<double> arrivals;
  double at = random.uniform() * gaps.front() * scale;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i > 0) at += gaps[i] * scale;
    arrivals.push_back(at);
  }
  return arrivals;
}

class Expansion {
 public:
  Expansion(const Selection& selection, Window window) : selection_(selection), window_(window) {}

  void add(const FunctionTrace& function) {
    const std::size_t index = workload_.functions.size();
    workload_.functions.push_back({name_for(function, names_), 0});
    names_.insert(workload_.functions.back().name);
    Random random(selection_.seed, function.owner + '/' + function.app + '/' + function.function);
    for (std::size_t minute = window_.begin; minute < window_.end; ++minute) {
      const std::uint32_t count = function.invocations[minute];
      if (count == 0) continue;
      const double start = static_cast<double>(minute - window_.begin) * kMinuteSeconds;
      for (const double second : arrivals_in_minute(count, random))
        add_request(function, index, start + second, random);
    }
  }

  Workload finish() {
    std::ranges::stable_sort(workload_.requests, {}, &Request::arrival);
    const double seconds =
        static_cast<double>(window_.end - window_.begin) * kMinuteSeconds / selection_.speedup;
    workload_.length = nanoseconds(seconds);
    if (selection_.fit_cpus) {
      workload_.fit.thinned = thin(workload_.requests, *selection_.fit_cpus * seconds * kMilli,
                                   std::max<std::size_t>(selection_.min_requests, 1));
    }
    for (const Request& request : workload_.requests) {
      if (request.exec_ms == selection_.max_exec_ms) ++workload_.fit.capped;
    }
    std::vector<double> by_second(static_cast<std::size_t>(seconds) + 1);
    for (const Request& request : workload_.requests) {
      const auto second = static_cast<std::size_t>(std::chrono::duration<double>(request.arrival).count());
      by_second[std::min(second, by_second.size() - 1)] += request.exec_ms / kMilli;
    }
    workload_.fit.mean_cpus = std::accumulate(by_second.begin(), by_second.end(), 0.0) / seconds;
    workload_.fit.peak_cpus = std::ranges::max(by_second);
    return std::move(workload_);
  }

 private:
  static std::chrono::nanoseconds nanoseconds(double seconds) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
  }

  void add_request(const FunctionTrace& function, std::size_t index, double second, Random& random) {
    double exec_ms = std::clamp(function.durations_ms.at(random.uniform() * 100), kMinExecMs, kMaxExecMs);
    double memory = std::clamp(function.memory_mib.at(random.uniform() * 100), kMinMemoryMib, kMaxMemoryMib);
    if (selection_.max_exec_ms) exec_ms = std::min(exec_ms, *selection_.max_exec_ms);
    if (selection_.max_memory_mib) memory = std::min(memory, *selection_.max_memory_mib);
    WorkloadFunction& one = workload_.functions[index];
    one.largest_memory_mib = std::max(one.largest_memory_mib, memory);
    workload_.requests.push_back({nanoseconds(second / selection_.speedup), index, exec_ms, memory});
  }

  const Selection& selection_;
  Window window_;
  Workload workload_;
  std::set<std::string> names_;
};

}  // namespace

std::expected<Workload, std::string> expand(const Trace& trace, const Selection& selection) {
  if (!(selection.speedup > 0) || !std::isfinite(selection.speedup)) {
    return std::unexpected("the speedup must be above 0 and finite");
  }
  if (selection.start_minute >= trace.minutes) {
    return std::unexpected(fmt::format("start minute {} is behind the trace's {} minutes",
                                       selection.start_minute, trace.minutes));
  }
  const std::size_t left = trace.minutes - selection.start_minute;
  if (selection.minutes > left) {
    return std::unexpected(fmt::format("{} minutes from minute {} are more than the trace's {}",
                                       selection.minutes, selection.start_minute, trace.minutes));
  }
  const Window window{selection.start_minute,
                      selection.start_minute + (selection.minutes == 0 ? left : selection.minutes)};
  Expansion expansion(selection, window);
  const auto chosen = choose(trace, window, selection);
  if (chosen.empty())
    return std::unexpected(fmt::format("no function is invoked {} times in these minutes",
                                       std::max<std::size_t>(selection.min_requests, 1)));
  for (const FunctionTrace* function : chosen) expansion.add(*function);
  return expansion.finish();
}

}  // namespace faastax::trace
