// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <memory>

#include "controlplane/policy/policy.hpp"

namespace faastax::policy {

/// Begin to start this instance; answer with instance_ready() or instance_failed().
struct Launch {
  InstanceId instance = 0;
  FunctionId function = 0;
  std::string reason;
};
/// Send the request to the instance; answer with request_ended(). `cold`: it waited for this very start.
struct Send {
  RequestId request = 0;
  InstanceId instance = 0;
  bool cold = false;
};
/// Stop and remove the instance; answer with instance_gone().
struct Remove {
  InstanceId instance = 0;
  std::string reason;
};
/// The request can not be served.
struct Refuse {
  RequestId request = 0;
  std::string reason;
};
using Action = std::variant<Launch, Send, Remove, Refuse>;
using Actions = std::vector<Action>;

/// Routes requests to instances (one at a time each) and carries out a policy's decisions within a limit of
/// instances. Pure: the caller reports what happened and does the actions, in order. Every request that
/// arrives is sent or refused exactly once.
///
/// At the limit a start is held back; the instance that is idle longest makes room, and the request that
/// waited for the start takes the first instance of its function that becomes free, if that is sooner.
class Dispatcher {
 public:
  Dispatcher(std::unique_ptr<Policy> policy, std::size_t max_instances)
      : policy_(std::move(policy)), max_instances_(max_instances) {}

  Actions request_arrived(Time now, RequestId request, FunctionId function);
  /// `reusable`: the instance answered and can serve again; otherwise it is removed.
  Actions request_ended(Time now, InstanceId instance, bool reusable);
  Actions instance_ready(Time now, InstanceId instance);
  Actions instance_failed(Time now, InstanceId instance);
  Actions instance_gone(Time now, InstanceId instance);
  Actions tick(Time now);
  /// From now on nothing starts: waiting requests are refused, idle instances removed, the others as soon
  /// as they are ready or idle.
  Actions close(Time now);

  std::optional<Time> next_wake() const { return policy_->next_wake(); }
  /// Instances that are starting, idle, busy or being removed.
  std::size_t instances() const { return instances_.size(); }

 private:
  enum class State { kStarting, kIdle, kBusy, kStopping };
  struct Instance {
    FunctionId function = 0;
    State state = State::kStarting;
    std::optional<RequestId> request;  ///< bound to it while it starts, served by it while busy
    Time idle_since{};
  };
  struct HeldStart {
    FunctionId function = 0;
    std::optional<RequestId> bound_to;
    std::string reason;
  };

  void notify(const Event& event);
  void carry_out(const StartInstances& start);
  void carry_out(const StopInstance& stop);
  void launch(const HeldStart& start);
  void launch_held_back();
  void send(RequestId request, InstanceId id, Instance& instance, bool cold);
  void becomes_idle(InstanceId id, Instance& instance);
  void remove(InstanceId id, Instance& instance, std::string reason);
  bool make_room();
  bool waits(FunctionId function, RequestId request) const;
  std::optional<InstanceId> latest_idle(FunctionId function) const;
  Actions take();

  std::unique_ptr<Policy> policy_;
  std::size_t max_instances_;
  Time now_{};
  InstanceId last_instance_ = 0;
  std::map<InstanceId, Instance> instances_;
  std::map<FunctionId, std::deque<RequestId>> waiting_;  ///< bound to no instance yet, oldest first
  std::deque<HeldStart> held_;
  bool closed_ = false;
  Actions actions_;
};

}  // namespace faastax::policy
