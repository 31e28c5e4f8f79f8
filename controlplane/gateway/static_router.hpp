// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "controlplane/gateway/router.hpp"
#include "controlplane/gateway/waiting_room.hpp"

namespace faastax::gateway {

/// A function with instances that are always there.
struct Route {
  std::string space;  ///< with an empty function: the route of everything that has no other
  std::string function;
  std::vector<boost::asio::ip::tcp::endpoint> instances;  ///< at least one
};

struct StaticRouterOptions {
  std::vector<Route> routes;
  std::size_t concurrency = 0;  ///< requests at once in one instance; 0: any number
  std::size_t queue = 1000;     ///< requests of one function that wait; one more gets 503
  std::chrono::milliseconds queue_time = std::chrono::seconds(30);  ///< then 504
};

/// Routes to fixed addresses: each request to the instance that has the fewest, in turns among equals, and
/// past those that could not be reached a moment ago.
class StaticRouter final : public Router {
 public:
  explicit StaticRouter(StaticRouterOptions options);

  void acquire(RequestId request, const FunctionName& function, Waiter& waiter) override;
  void abandon(RequestId request) override;
  void retry(RequestId request) override;
  void release(RequestId request, Outcome outcome) override;
  void tick(Clock::time_point now) override;
  std::vector<FunctionLoad> load() const override;

 private:
  struct Instance {
    Endpoint endpoint;
    std::size_t requests = 0;
    Clock::time_point unreachable_until{};
  };
  struct Service {
    std::vector<Instance> instances;
    WaitingRoom waiting;
    std::size_t turn = 0;
    bool serving = false;  ///< those that wait
  };
  struct Grant {
    Service* service;
    std::size_t instance;
    Waiter* waiter;
  };

  Service* service_of(const FunctionName& function);
  void ask(Service& service, RequestId request, Waiter& waiter);
  std::optional<std::size_t> choose(Service& service, Clock::time_point now) const;
  void grant(Service& service, std::size_t instance, RequestId request, Waiter& waiter);
  void serve_waiting(Service& service);

  StaticRouterOptions options_;
  std::map<std::pair<std::string, std::string>, Service, ByFunctionName> services_;
  Service* otherwise_ = nullptr;
  std::unordered_map<RequestId, Grant> granted_;
};

}  // namespace faastax::gateway
