// SPDX-License-Identifier: Apache-2.0
#include "controlplane/gateway/static_router.hpp"

#include <utility>

namespace faastax::gateway {

namespace {
constexpr auto kAvoided = std::chrono::seconds(1);
}

StaticRouter::StaticRouter(StaticRouterOptions options) : options_(std::move(options)) {
  InstanceId last = 0;
  for (const Route& route : options_.routes) {
    auto [entry, added] = services_.try_emplace({route.space, route.function},
                                                Service{{}, {options_.queue, options_.queue_time}});
    for (const auto& address : route.instances) entry->second.instances.push_back({{++last, address}});
    if (route.function.empty()) otherwise_ = &entry->second;
  }
}

StaticRouter::Service* StaticRouter::service_of(const FunctionName& function) {
  if (services_.size() > (otherwise_ ? 1 : 0)) {
    const auto found = services_.find(function);
    if (found != services_.end() && !function.function.empty()) return &found->second;
  }
  return otherwise_;
}

// When none can be reached, the one that was tried longest ago.
std::optional<std::size_t> StaticRouter::choose(Service& service, Clock::time_point now) const {
  std::optional<std::size_t> best;
  const auto rank = [&](const Instance& one) {
    const bool avoided = one.unreachable_until > now;
    return std::tuple(avoided, avoided ? one.unreachable_until : Clock::time_point{}, one.requests);
  };
  const std::size_t count = service.instances.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = (service.turn + i) % count;
    const Instance& one = service.instances[at];
    if (options_.concurrency > 0 && one.requests >= options_.concurrency) continue;
    if (!best || rank(one) < rank(service.instances[*best])) best = at;
  }
  if (best) service.turn = (*best + 1) % count;
  return best;
}

void StaticRouter::grant(Service& service, std::size_t instance, RequestId request, Waiter& waiter) {
  granted_[request] = {&service, instance, &waiter};
  ++service.instances[instance].requests;
  waiter.granted(service.instances[instance].endpoint);
}

void StaticRouter::acquire(RequestId request, const FunctionName& function, Waiter& waiter) {
  Service* const service = service_of(function);
  if (!service) return waiter.refused({404, "no such function"});
  ask(*service, request, waiter);
}

void StaticRouter::ask(Service& service, RequestId request, Waiter& waiter) {
  const auto now = Clock::now();
  if (service.waiting.empty()) {
    if (const auto instance = choose(service, now)) return grant(service, *instance, request, waiter);
  }
  if (service.waiting.full()) return waiter.refused({503, "too many requests wait for the function"});
  service.waiting.enter(request, waiter, now);
}

void StaticRouter::retry(RequestId request) {
  const Grant grant = granted_.at(request);
  release(request, Outcome::kUnreachable);
  ask(*grant.service, request, *grant.waiter);
}

void StaticRouter::abandon(RequestId request) {
  for (auto& [name, service] : services_) {
    if (service.waiting.leave(request)) return;
  }
}

void StaticRouter::release(RequestId request, Outcome outcome) {
  const auto found = granted_.find(request);
  if (found == granted_.end()) return;
  const Grant grant = found->second;
  granted_.erase(found);
  Instance& instance = grant.service->instances[grant.instance];
  --instance.requests;
  if (outcome == Outcome::kUnreachable) instance.unreachable_until = Clock::now() + kAvoided;
  if (!grant.service->waiting.empty()) serve_waiting(*grant.service);
}

void StaticRouter::serve_waiting(Service& service) {
  // A request that ends as soon as it is granted comes here again: the loop goes on, not one call deeper.
  if (std::exchange(service.serving, true)) return;
  while (!service.waiting.empty()) {
    const auto instance = choose(service, Clock::now());
    if (!instance) break;
    const auto guest = service.waiting.next();
    grant(service, *instance, guest.request, *guest.waiter);
  }
  service.serving = false;
}

void StaticRouter::tick(Clock::time_point now) {
  for (auto& [name, service] : services_) {
    while (service.waiting.overdue(now)) {
      service.waiting.next().waiter->refused({504, "no instance of the function was free in time"});
    }
  }
}

std::vector<FunctionLoad> StaticRouter::load() const {
  std::vector<FunctionLoad> functions;
  for (const auto& [name, service] : services_) {
    FunctionLoad& load =
        functions.emplace_back(FunctionLoad{name.first, name.second, 0, service.waiting.size(), {}});
    for (const Instance& instance : service.instances) load.in_flight += instance.requests;
    load.tracks.push_back({"unknown", service.instances.size(), 0});
  }
  return functions;
}

}  // namespace faastax::gateway
