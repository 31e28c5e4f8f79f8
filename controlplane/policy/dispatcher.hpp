// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <set>

#include "controlplane/policy/actions.hpp"
#include "controlplane/policy/held_starts.hpp"
#include "controlplane/policy/policy.hpp"

namespace faastax::policy {

/// Bounds that hold whatever a policy decides.
struct Limits {
  std::size_t instances = 64;   ///< of both tracks together, those that start or stop included
  std::size_t concurrency = 1;  ///< requests at once in a regular instance; 0: any number
};

/// Routes requests to instances and carries out a policy's decisions within limits. Pure: the caller reports
/// what happened and does the actions, in order. Every request that arrives is sent once (again only when
/// the caller says that nothing of it was sent: see request_unsent()) or refused once.
///
/// At the limit a start is held back; the instance that is idle longest makes room for one that a request
/// waits for, and the request takes the first instance of its function that has a free slot, if that is
/// sooner. Instances that SetScale asked for and that were lost are started again ("repair"), after a delay
/// that doubles while starts fail.
class Dispatcher {
 public:
  Dispatcher(std::unique_ptr<Policy> policy, Limits limits) : policy_(std::move(policy)), limits_(limits) {}

  /// Before its first request; only policies that keep instances without demand need it.
  Actions function_deployed(Time now, FunctionId function);
  Actions request_arrived(Time now, RequestId request, FunctionId function);
  /// The request was answered, or failed after something of it was sent. `reusable`: the instance can serve
  /// again; otherwise it is removed.
  Actions request_ended(Time now, RequestId request, bool reusable);
  /// The instance turned out dead before anything of the request was sent: the instance is removed, the
  /// request waits again, first in the queue.
  Actions request_unsent(Time now, RequestId request);
  /// The client went away while the request waited.
  Actions request_cancelled(Time now, RequestId request);
  Actions instance_ready(Time now, InstanceId instance);
  /// Its start failed and nothing of it is left. A request that was bound to it is refused; that of an
  /// emergency instance gets a regular one first.
  Actions instance_failed(Time now, InstanceId instance);
  /// It died; requests that it had are reported by request_ended().
  Actions instance_lost(Time now, InstanceId instance);
  Actions instance_gone(Time now, InstanceId instance);
  Actions tick(Time now);
  /// From now on nothing starts: waiting requests are refused, idle instances removed, the others as soon
  /// as they are ready or idle.
  Actions close(Time now);

  std::optional<Time> next_wake() const;
  /// Instances that are starting, ready or being removed.
  std::size_t instances() const { return instances_.size(); }
  /// Requests that wait for an instance.
  std::size_t waiting() const;

 private:
  enum class State : std::uint8_t { kStarting, kReady, kStopping };
  struct Instance {
    FunctionId function = 0;
    Track track = Track::kRegular;
    State state = State::kStarting;
    DecisionId decision = 0;         ///< that wanted it, or the one that it replaces
    bool leaving = false;            ///< takes no more requests; removed when ready and idle
    bool told = false;               ///< the policy heard that it stops
    std::optional<RequestId> bound;  ///< waits for this start
    std::set<RequestId> in_flight;
    Time last_used{};
    DecisionId leaves_by = 0;
    std::string leaves_why;
  };
  struct Function {
    std::map<std::int64_t, RequestId> waiting;  ///< bound to no instance yet, by place: oldest first
    std::set<InstanceId> instances;
    std::optional<std::size_t> scale;  ///< by the last SetScale
    DecisionId scaled_by = 0;          ///< the last decision about its regular instances
    std::size_t failed_starts = 0;     ///< since the last that succeeded
    std::optional<Time> repair_at;
  };
  struct Unserved {
    FunctionId function = 0;
    std::optional<std::int64_t> place;        ///< in the function's queue; absent: bound to an instance
    std::optional<HeldStarts::Place> held{};  ///< the start that is bound to it
  };

  void notify(const Event& event);
  void carry_out(const StartInstances& start);
  void carry_out(const StopInstance& stop);
  void carry_out(const SetScale& target);
  DecisionId decide(FunctionId function, Track track, std::size_t from, std::size_t to,
                    const std::string& reason);
  void scale_up(FunctionId function, std::size_t more, const std::string& reason);
  void scale_down(FunctionId function, std::size_t fewer, const std::string& reason);
  std::optional<InstanceId> least_missed(FunctionId function) const;
  /// Instances that stay, and starts that are held back.
  std::size_t provided(FunctionId function, Track track) const;
  void repair(FunctionId function);
  void repair_what_is_due();

  bool waits(FunctionId function) const;
  void hold(HeldStart start, bool first = false);
  void launch(const HeldStart& start);
  void launch_held_back();
  bool make_room(std::size_t starts);

  bool free_slot(const Instance& instance) const;
  std::optional<InstanceId> pick(FunctionId function) const;
  void send(RequestId request, InstanceId id, Instance& instance, bool cold);
  void serve_waiting(InstanceId id, Instance& instance);
  void has_room(InstanceId id, Instance& instance);
  void wait(RequestId request, FunctionId function, bool first = false);
  void wait_no_more(RequestId request);
  void forget_request(RequestId request);
  /// It waits once more, first in the queue; true if an instance had room for it.
  bool serve_again(RequestId request, FunctionId function);
  void leave(InstanceId id, Instance& instance, std::string reason, DecisionId decision);
  void remove(InstanceId id, Instance& instance, std::string reason, DecisionId decision = 0);
  void refuse(RequestId request, FunctionId function, std::string reason);
  void tell_stopping(InstanceId id, Instance& instance);
  Instance forget(InstanceId id);
  Actions take();

  std::unique_ptr<Policy> policy_;
  Limits limits_;
  Time now_{};
  InstanceId last_instance_ = 0;
  DecisionId last_decision_ = 0;
  std::map<InstanceId, Instance> instances_;
  std::map<FunctionId, Function> functions_;
  struct Serving {
    InstanceId instance = 0;
    FunctionId function = 0;
    Track track = Track::kRegular;
    DecisionId decision = 0;  ///< the instance's
  };
  std::map<RequestId, Serving> serving_;    ///< by request, where it was sent to
  std::map<RequestId, Unserved> unserved_;  ///< requests that wait, bound or not
  std::int64_t last_place_ = 0;             ///< of those that wait
  std::int64_t first_place_ = 0;
  HeldStarts held_;
  std::optional<Time> next_repair_;  ///< the earliest of the functions'
  bool closed_ = false;
  Actions actions_;
};

}  // namespace faastax::policy
