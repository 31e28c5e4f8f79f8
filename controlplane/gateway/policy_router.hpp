// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "controlplane/gateway/router.hpp"
#include "controlplane/gateway/waiting_room.hpp"
#include "controlplane/policy/dispatcher.hpp"
#include "controlplane/sandbox/backend.hpp"
#include "controlplane/sandbox/fd.hpp"

namespace faastax::gateway {

/// How a request went to its instance.
struct Sent {
  policy::Send send;
  policy::Time waited{};  ///< since it came to the gateway
  bool held = false;      ///< it found no free slot
  policy::Time at{};      ///< when it was sent
};

/// An instance as its observers see it, during the call.
struct SeenInstance {
  const policy::Launch& launch;
  const std::string& name;
  const std::string& node;  ///< where it was placed; empty until it is ready
};

/// Hears what a PolicyRouter does. All times are since its beginning.
class PolicyObserver {
 public:
  virtual ~PolicyObserver() = default;
  virtual void decided(policy::Time, const policy::Decided&) {}
  virtual void launched(policy::Time, const SeenInstance&) {}
  /// `waited`: since it was launched.
  virtual void ready(policy::Time, const SeenInstance&, policy::Time /*waited*/) {}
  /// It will not serve: nothing of it is left, or is soon. Nothing more is told of it.
  virtual void failed(policy::Time, const SeenInstance&, const std::string& /*reason*/) {}
  virtual void stopping(policy::Time, const SeenInstance&, const policy::Remove&) {}
  virtual void gone(policy::Time, const SeenInstance&, const std::string& /*reason*/) {}
  /// A request that was sent to an instance has ended, well or not. Once a request: of several instances
  /// that were tried it is the last. `instance` is its name.
  virtual void sent(policy::FunctionId, const Sent&, const std::string& /*instance*/) {}
  virtual void refused(policy::Time, policy::FunctionId, const Refusal&) {}
};

/// What makes instances on which track.
struct Backends {
  sandbox::Backend* regular = nullptr;
  sandbox::Backend* emergency = nullptr;  ///< null: the policy must not ask for any
};

struct PolicyRouterOptions {
  std::vector<sandbox::InstanceSpec>
      functions;               ///< what an instance of each is like; `instance` means nothing
  std::string policy;          ///< its name, for the instances' labels
  std::size_t queue = 10'000;  ///< requests of one function that wait; one more gets 503
  std::chrono::milliseconds queue_time = std::chrono::seconds(300);  ///< then 504
};

/// Routes as a policy's dispatcher says, and has instances started and stopped for it. A function's number is
/// its place in the options.
class PolicyRouter final : public Router {
 public:
  PolicyRouter(boost::asio::io_context& io, policy::Dispatcher dispatcher, PolicyRouterOptions options,
               const Backends& backends, PolicyObserver& observer);

  /// The functions are deployed and time begins; before the first request. Nothing is started before.
  void begin();

  void acquire(RequestId request, const FunctionName& function, Waiter& waiter) override;
  void abandon(RequestId request) override;
  void retry(RequestId request) override;
  void release(RequestId request, Outcome outcome) override;
  void tick(Clock::time_point now) override;
  std::vector<FunctionLoad> load() const override;

  /// Called when no connection to an instance may be kept any longer: before it is stopped.
  void on_leaving(std::function<void(InstanceId)> callback) { leaving_ = std::move(callback); }
  /// Nothing starts any more, waiting requests are refused, instances are removed as they become idle; `done`
  /// when none is left.
  void close(std::function<void()> done);
  std::size_t instances() const { return dispatcher_.instances(); }

 private:
  struct Function {
    sandbox::InstanceSpec spec;
    WaitingRoom waiting;
    std::map<policy::Track, std::uint64_t> decisions{};
  };
  struct Instance {
    policy::Launch launch;
    std::string name;
    policy::Time launched{};
    std::string node = {};
    Endpoint endpoint = {};
    sandbox::Fd network = {};
    std::map<RequestId, Waiter*> requests = {};
    bool gone = false;
    bool failed = false;  ///< it is ready and cannot be used: it is being removed

    SeenInstance seen() const { return {launch, name, node}; }
  };
  struct Request {
    policy::FunctionId function = 0;
    policy::Time arrived{};
    std::optional<InstanceId> instance = {};  ///< that it was sent to
    Sent sent = {};                           ///< when there is one
    std::string instance_name = {};
  };

  void perform(policy::Actions actions);
  void act(const policy::Decided& decided);
  void act(const policy::Launch& launch);
  void act(const policy::Send& send);
  void act(const policy::Remove& remove);
  void act(const policy::Refuse& refuse);
  void heard(const sandbox::InstanceEvent& event);
  void happened(Instance& instance, const sandbox::InstanceReady& ready);
  void happened(Instance& instance, const sandbox::InstanceFailed& failed);
  void happened(Instance& instance, const sandbox::InstanceGone& gone);
  void unusable(Instance& instance, const std::string& reason);
  void forget_failed(const Instance& instance);
  void wait_for_wake();
  void end_when_empty();
  sandbox::Backend* backend(policy::Track track) const {
    return track == policy::Track::kRegular ? backends_.regular : backends_.emergency;
  }
  policy::Time now() const { return Clock::now() - begin_; }

  boost::asio::io_context& io_;
  policy::Dispatcher dispatcher_;
  Backends backends_;
  PolicyObserver& observer_;
  std::string policy_;
  Clock::time_point begin_ = Clock::now();
  boost::asio::steady_timer wake_;
  std::optional<policy::Time> wakes_at_;
  std::optional<RequestId> arriving_;  ///< what is sent now was not held
  std::vector<Function> functions_;
  std::map<std::pair<std::string, std::string>, policy::FunctionId, ByFunctionName> numbers_;
  std::unordered_map<RequestId, Request> requests_;
  std::unordered_map<InstanceId, Instance> instances_;
  std::unordered_map<std::string, InstanceId> by_name_;
  std::deque<policy::Action> to_do_;
  bool doing_ = false;
  std::function<void(InstanceId)> leaving_;
  std::function<void()> closed_;
};

}  // namespace faastax::gateway
