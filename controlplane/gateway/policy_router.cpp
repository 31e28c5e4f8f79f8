// SPDX-License-Identifier: Apache-2.0
#include "controlplane/gateway/policy_router.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <boost/asio/post.hpp>

#include <array>
#include <utility>

namespace faastax::gateway {

namespace asio = boost::asio;

PolicyRouter::PolicyRouter(asio::io_context& io, policy::Dispatcher dispatcher, PolicyRouterOptions options,
                           const Backends& backends, PolicyObserver& observer)
    : io_(io),
      dispatcher_(std::move(dispatcher)),
      backends_(backends),
      observer_(observer),
      policy_(std::move(options.policy)),
      wake_(io) {
  for (auto& spec : options.functions) {
    numbers_[{spec.space, spec.function}] = static_cast<policy::FunctionId>(functions_.size());
    functions_.push_back({std::move(spec), {options.queue, options.queue_time}});
  }
  for (sandbox::Backend* const backend : {backends_.regular, backends_.emergency}) {
    if (!backend) continue;
    backend->listen([this](const sandbox::InstanceEvent& event) { heard(event); });
    for (const Function& function : functions_) backend->prepare(function.spec);
  }
}

void PolicyRouter::begin() {
  begin_ = Clock::now();
  for (policy::FunctionId id = 0; id < functions_.size(); ++id) {
    perform(dispatcher_.function_deployed(now(), id));
  }
}

void PolicyRouter::acquire(RequestId request, const FunctionName& name, Waiter& waiter) {
  const auto number = numbers_.find(name);
  if (number == numbers_.end()) return waiter.refused({404, "no such function"});
  Function& function = functions_[number->second];
  if (function.waiting.full()) {
    const Refusal refusal{503, "too many requests wait for the function"};
    observer_.refused(now(), number->second, refusal);
    return waiter.refused(refusal);
  }
  requests_[request] = {.function = number->second, .arrived = now()};
  function.waiting.enter(request, waiter, Clock::now());
  arriving_ = request;
  perform(dispatcher_.request_arrived(now(), request, number->second));
  arriving_.reset();
}

void PolicyRouter::abandon(RequestId request) {
  const auto found = requests_.find(request);
  if (found == requests_.end()) return;
  functions_[found->second.function].waiting.leave(request);
  requests_.erase(found);
  perform(dispatcher_.request_cancelled(now(), request));
}

void PolicyRouter::retry(RequestId request) {
  Request& one = requests_.at(request);
  Instance& instance = instances_.at(*one.instance);
  one.instance.reset();
  const auto granted = instance.requests.extract(request);
  functions_[one.function].waiting.enter(request, *granted.mapped(), Clock::now());
  perform(dispatcher_.request_unsent(now(), request));
}

void PolicyRouter::release(RequestId request, Outcome outcome) {
  const auto found = requests_.find(request);
  if (found == requests_.end()) return;
  if (const auto instance = instances_.find(*found->second.instance); instance != instances_.end()) {
    instance->second.requests.erase(request);
  }
  if (outcome != Outcome::kUnreachable) {
    observer_.sent(found->second.function, found->second.sent, found->second.instance_name);
  }
  requests_.erase(found);
  const bool reusable = outcome == Outcome::kAnswered || outcome == Outcome::kAbandoned;
  perform(dispatcher_.request_ended(now(), request, reusable));
}

void PolicyRouter::tick(Clock::time_point at) {
  for (policy::FunctionId id = 0; id < functions_.size(); ++id) {
    while (functions_[id].waiting.overdue(at)) {
      const auto guest = functions_[id].waiting.next();
      requests_.erase(guest.request);
      const Refusal refusal{504, "no instance of the function was free in time"};
      observer_.refused(now(), id, refusal);
      guest.waiter->refused(refusal);
      perform(dispatcher_.request_cancelled(now(), guest.request));
    }
  }
}

// What an action causes may ask the dispatcher again: its further actions come after those that it gave
// before.
void PolicyRouter::perform(policy::Actions actions) {
  for (auto& action : actions) to_do_.push_back(std::move(action));
  if (doing_) return;
  doing_ = true;
  while (!to_do_.empty()) {
    const policy::Action action = std::move(to_do_.front());
    to_do_.pop_front();
    std::visit([this](const auto& one) { act(one); }, action);
  }
  doing_ = false;
  wait_for_wake();
  end_when_empty();
}

std::vector<FunctionLoad> PolicyRouter::load() const {
  constexpr std::array kTracks = {policy::Track::kRegular, policy::Track::kEmergency};
  std::vector<FunctionLoad> functions;
  for (const Function& function : functions_) {
    FunctionLoad& load = functions.emplace_back(
        FunctionLoad{function.spec.space, function.spec.function, 0, function.waiting.size(), {}});
    for (const policy::Track track : kTracks) {
      const auto decided = function.decisions.find(track);
      load.tracks.push_back(
          {policy::to_string(track), 0, decided == function.decisions.end() ? 0 : decided->second});
    }
  }
  for (const auto& [id, instance] : instances_) {
    FunctionLoad& load = functions[instance.launch.function];
    load.in_flight += instance.requests.size();
    ++load.tracks[static_cast<std::size_t>(instance.launch.track)].instances;
  }
  return functions;
}

void PolicyRouter::act(const policy::Decided& decided) {
  ++functions_[decided.function].decisions[decided.track];
  observer_.decided(now(), decided);
}

void PolicyRouter::act(const policy::Launch& launch) {
  sandbox::InstanceSpec spec = functions_[launch.function].spec;
  spec.instance = fmt::format("{}-{}", spec.function, launch.instance);
  spec.policy = policy_;
  spec.decision = launch.decision == 0 ? "" : fmt::format("d-{}", launch.decision);
  by_name_[spec.instance] = launch.instance;
  const auto made = instances_.emplace(launch.instance, Instance{launch, spec.instance, now()}).first;
  observer_.launched(now(), made->second.seen());
  if (sandbox::Backend* const maker = backend(launch.track)) return maker->start(spec);
  asio::post(io_, [this, name = spec.instance] {
    heard(sandbox::InstanceFailed{name, "there is no emergency track"});
  });
}

void PolicyRouter::act(const policy::Send& send) {
  const auto request = requests_.find(send.request);
  const auto found = instances_.find(send.instance);
  Waiter* const waiter =
      request == requests_.end() ? nullptr : functions_[request->second.function].waiting.leave(send.request);
  // Its client went away between the decision and here.
  if (!waiter || found == instances_.end())
    return perform(dispatcher_.request_ended(now(), send.request, true));
  Instance& instance = found->second;
  request->second.instance = send.instance;
  instance.requests[send.request] = waiter;
  const policy::Time at = now();
  request->second.sent = {send, at - request->second.arrived, arriving_ != send.request, at};
  request->second.instance_name = instance.name;
  waiter->granted(instance.endpoint);
}

void PolicyRouter::act(const policy::Remove& remove) {
  Instance& instance = instances_.at(remove.instance);
  observer_.stopping(now(), instance.seen(), remove);
  // A connection is a socket in the instance's network namespace and would keep that alive.
  if (leaving_) leaving_(remove.instance);
  instance.network.reset();
  instance.endpoint.network_namespace = -1;
  if (!instance.gone) backend(instance.launch.track)->stop(instance.name);
}

void PolicyRouter::act(const policy::Refuse& refuse) {
  const auto request = requests_.find(refuse.request);
  if (request == requests_.end()) return;
  const policy::FunctionId function = request->second.function;
  Waiter* const waiter = functions_[function].waiting.leave(refuse.request);
  requests_.erase(request);
  const Refusal refusal{503, refuse.reason};
  observer_.refused(now(), function, refusal);
  if (waiter) waiter->refused(refusal);
}

void PolicyRouter::heard(const sandbox::InstanceEvent& event) {
  std::visit(
      [this](const auto& one) {
        const auto name = by_name_.find(one.instance);
        if (name != by_name_.end()) happened(instances_.at(name->second), one);
      },
      event);
}

void PolicyRouter::happened(Instance& instance, const sandbox::InstanceReady& ready) {
  boost::system::error_code bad;
  const auto address = asio::ip::make_address(ready.address, bad);
  if (!ready.network.empty()) instance.network.reset(open(ready.network.c_str(), O_RDONLY | O_CLOEXEC));
  const bool entered = ready.network.empty() || instance.network;
  // Its address means nothing in another network, least of all in the gateway's own.
  if (bad || !entered) return unusable(instance, bad ? "its address is none" : "its network is gone");
  instance.endpoint = {instance.launch.instance, {address, ready.port}, instance.network.get()};
  instance.node = ready.node;
  observer_.ready(now(), instance.seen(), now() - instance.launched);
  perform(dispatcher_.instance_ready(now(), instance.launch.instance));
}

// It runs and cannot be used: its start has failed, once nothing of it is left.
void PolicyRouter::unusable(Instance& instance, const std::string& reason) {
  observer_.failed(now(), instance.seen(), reason);
  instance.failed = true;
  backend(instance.launch.track)->stop(instance.name);
}

void PolicyRouter::happened(Instance& instance, const sandbox::InstanceFailed& failed) {
  observer_.failed(now(), instance.seen(), failed.reason);
  forget_failed(instance);
}

void PolicyRouter::forget_failed(const Instance& instance) {
  const InstanceId id = instance.launch.instance;
  by_name_.erase(instance.name);
  instances_.erase(id);
  perform(dispatcher_.instance_failed(now(), id));
}

void PolicyRouter::happened(Instance& instance, const sandbox::InstanceGone& gone) {
  const InstanceId id = instance.launch.instance;
  instance.gone = true;
  if (instance.failed) return forget_failed(instance);
  perform(dispatcher_.instance_lost(now(), id));
  const auto requests = instance.requests;
  for (const auto& [request, waiter] : requests) {
    if (instance.requests.contains(request)) waiter->lost();
  }
  observer_.gone(now(), instance.seen(), gone.reason);
  by_name_.erase(instance.name);
  instances_.erase(id);
  perform(dispatcher_.instance_gone(now(), id));
}

void PolicyRouter::wait_for_wake() {
  const auto wake = dispatcher_.next_wake();
  if (wake == wakes_at_) return;
  wakes_at_ = wake;
  wake_.cancel();
  if (!wake) return;
  wake_.expires_at(begin_ + *wake);
  wake_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    wakes_at_.reset();
    perform(dispatcher_.tick(now()));
  });
}

void PolicyRouter::close(std::function<void()> done) {
  closed_ = std::move(done);
  perform(dispatcher_.close(now()));
}

void PolicyRouter::end_when_empty() {
  if (!closed_ || dispatcher_.instances() > 0) return;
  wake_.cancel();
  asio::post(io_, std::exchange(closed_, nullptr));
}

}  // namespace faastax::gateway
