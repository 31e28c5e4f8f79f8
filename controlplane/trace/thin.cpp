// SPDX-License-Identifier: Apache-2.0
#include "controlplane/trace/thin.hpp"

#include <algorithm>
#include <map>

namespace faastax::trace {
namespace {

struct Demand {
  double run_ms = 0;
  std::size_t requests = 0;
  std::size_t kept = 0;
  std::size_t seen = 0;
};

/// The largest run time that each function may have so that their sum is within the budget.
double fair_share(const std::vector<double>& smallest_first, double budget_ms) {
  for (std::size_t i = 0; i < smallest_first.size(); ++i) {
    const double share = budget_ms / static_cast<double>(smallest_first.size() - i);
    if (smallest_first[i] > share) return share;
    budget_ms -= smallest_first[i];
  }
  return smallest_first.empty() ? 0 : smallest_first.back();
}

/// Whether this request of the function is one of the kept: as many as the share of those seen so far.
bool keep_next(Demand& demand) {
  const std::size_t before = demand.seen * demand.kept / demand.requests;
  ++demand.seen;
  return demand.seen * demand.kept / demand.requests > before;
}

}  // namespace

std::size_t thin(std::vector<Request>& requests, double budget_ms, std::size_t least) {
  std::map<std::size_t, Demand> demands;
  for (const Request& request : requests) {
    Demand& demand = demands[request.function];
    demand.run_ms += request.exec_ms;
    ++demand.requests;
  }
  std::vector<double> smallest_first;
  for (const auto& [function, demand] : demands) smallest_first.push_back(demand.run_ms);
  std::ranges::sort(smallest_first);
  const double share = fair_share(smallest_first, budget_ms);
  for (auto& [function, demand] : demands) {
    const double part = std::min(1.0, share / demand.run_ms);
    const auto fitting = static_cast<std::size_t>(part * static_cast<double>(demand.requests));
    demand.kept = std::clamp(fitting, std::min(least, demand.requests), demand.requests);
  }
  return std::erase_if(requests,
                       [&](const Request& request) { return !keep_next(demands[request.function]); });
}

}  // namespace faastax::trace
