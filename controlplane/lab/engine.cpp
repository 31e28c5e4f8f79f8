// SPDX-License-Identifier: Apache-2.0
#include "controlplane/lab/engine.hpp"

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

#include "controlplane/policy/time_scaled.hpp"
#include "controlplane/sandbox/network.hpp"

namespace faastax::lab {

namespace asio = boost::asio;
using policy::InstanceId;

namespace {

constexpr std::size_t kConnectingAtOnce = 2;
constexpr auto kProgressPeriod = std::chrono::milliseconds(200);
constexpr double kMemoryHeadroomMib = 32;  // the runtime's own init and the program run inside the limit too
constexpr double kSmallestLimitMib = 64;

// Time constants of a policy run as much faster as the arrivals do.
std::unique_ptr<policy::Policy> make_policy(const LabConfig& config) {
  return std::make_unique<policy::TimeScaled>(config.policy.type->make(config.policy.values),
                                              config.selection.speedup);
}

double seconds_of(policy::Time time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

Engine::Engine(asio::io_context& io, Tracks tracks, const LabPlan& plan, ProgressCallback progress)
    : io_(io),
      tracks_(tracks),
      plan_(plan),
      progress_(std::move(progress)),
      tally_(plan.workload),
      dispatcher_(make_policy(plan.config), {.instances = plan.config.max_instances, .concurrency = 1}),
      arrival_timer_(io),
      tick_timer_(io),
      progress_timer_(io),
      work_(io.get_executor()),
      pool_(kConnectingAtOnce) {
  for (sandbox::Backend* one : {tracks_.regular, tracks_.emergency}) {
    if (one == nullptr) continue;
    one->listen([this](const sandbox::InstanceEvent& event) {
      std::visit([this](const auto& what) { hear(what); }, event);
    });
  }
}

sandbox::InstanceSpec Engine::spec_for(std::size_t function, const std::string& name) const {
  const trace::WorkloadFunction& wanted = plan_.workload.functions[function];
  const double limit = std::max(kSmallestLimitMib, wanted.largest_memory_mib + kMemoryHeadroomMib);
  sandbox::InstanceSpec spec;
  spec.space = "lab";
  spec.function = wanted.name;
  spec.instance = name;
  spec.memory_limit_bytes = static_cast<std::uint64_t>(limit) * 1024 * 1024;
  spec.policy = dispatcher_.policy().name();
  return spec;
}

sandbox::Backend& Engine::backend(policy::Track track) const {
  return track == policy::Track::kEmergency ? *tracks_.emergency : *tracks_.regular;
}

void Engine::start() {
  begin_ = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < plan_.workload.functions.size(); ++i) {
    for (sandbox::Backend* one : {tracks_.regular, tracks_.emergency}) {
      if (one != nullptr) one->prepare(spec_for(i, ""));
    }
    perform(dispatcher_.function_deployed(now(), static_cast<policy::FunctionId>(i)));
  }
  asio::co_spawn(io_, send_all(), asio::detached);
  asio::co_spawn(io_, report(), asio::detached);
}

asio::awaitable<void> Engine::send_all() {
  const auto& requests = plan_.workload.requests;
  for (std::size_t i = 0; i < requests.size() && !closed_; ++i) {
    boost::system::error_code cancelled;
    arrival_timer_.expires_at(begin_ + requests[i].arrival);
    co_await arrival_timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (closed_) break;
    tally_.sent(requests[i].function);
    arriving_ = i;
    perform(dispatcher_.request_arrived(now(), i, static_cast<policy::FunctionId>(requests[i].function)));
    arriving_.reset();
  }
  all_sent_ = true;
  end_when_done();
}

asio::awaitable<void> Engine::report() {
  while (!over_) {
    progress_(progress_now());
    boost::system::error_code cancelled;
    progress_timer_.expires_after(kProgressPeriod);
    co_await progress_timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
}

LabProgress Engine::progress_now() const {
  const LabResult& counts = tally_.counts();
  return {seconds_of(now()),  seconds_of(plan_.workload.length),
          counts.sent,        plan_.workload.requests.size(),
          tally_.done(),      counts.failed,
          counts.cold_starts, dispatcher_.instances()};
}

void Engine::perform(policy::Actions actions) {
  for (const policy::Action& action : actions) {
    std::visit([this](const auto& one) { act(one); }, action);
  }
  tally_.instances_now(dispatcher_.instances());
  arm_tick();
  end_when_done();
}

void Engine::act(const policy::Decided&) { tally_.decided(); }

void Engine::act(const policy::Launch& launch) {
  Live& live = live_[launch.instance];
  live.name = fmt::format("{}-{}", plan_.workload.functions[launch.function].name, launch.instance);
  live.decided = now();
  live.function = launch.function;
  live.track = launch.track;
  names_[live.name] = launch.instance;
  sandbox::InstanceSpec spec = spec_for(launch.function, live.name);
  spec.decision = launch.repair ? "repair" : fmt::format("d-{}", launch.decision);
  backend(launch.track).start(spec);
}

void Engine::hear(const sandbox::InstanceReady& ready) {
  const auto found = names_.find(ready.instance);
  if (found == names_.end()) return;
  asio::post(pool_, [this, id = found->second, ready] {
    auto connection = std::make_shared<std::expected<sandbox::Fd, std::string>>(
        sandbox::connect_from(ready.network, ready.address, ready.port));
    asio::post(io_, [this, id, connection] { connected(id, std::move(*connection)); });
  });
}

void Engine::connected(InstanceId id, std::expected<sandbox::Fd, std::string> connection) {
  const auto found = live_.find(id);
  if (found == live_.end()) return;
  Live& live = found->second;
  if (live.gone) return failed(id, "ended as soon as it was ready");
  if (!connection) {
    tally_.problem("start: " + connection.error());
    backend(live.track).stop(live.name);  // its end is then the failure
    return;
  }
  live.client = std::make_shared<FunctionClient>(io_, std::move(*connection));
  tally_.instance_ready(seconds_of(now() - live.decided), live.track);
  perform(dispatcher_.instance_ready(now(), id));
}

void Engine::failed(InstanceId id, const std::string& why) {
  tally_.instance_failed(why);
  names_.erase(live_.at(id).name);
  live_.erase(id);
  perform(dispatcher_.instance_failed(now(), id));
}

void Engine::hear(const sandbox::InstanceFailed& event) {
  if (const auto found = names_.find(event.instance); found != names_.end()) {
    failed(found->second, event.reason);
  }
}

// One that ends by itself may still be connecting; it may also have answered what is not read yet.
void Engine::hear(const sandbox::InstanceGone& event) {
  const auto found = names_.find(event.instance);
  if (found == names_.end()) return;
  const InstanceId id = found->second;
  Live& live = live_.at(id);
  if (live.removing) {
    if (event.reason != sandbox::kStopped) tally_.problem("stop: " + event.reason);
    tally_.instance_stopped();
    names_.erase(found);
    live_.erase(id);
    perform(dispatcher_.instance_gone(now(), id));
    return;
  }
  live.gone = true;
  if (live.client) perform(dispatcher_.instance_lost(now(), id));
}

void Engine::act(const policy::Send& send) {
  const Live& live = live_.at(send.instance);
  const bool waited = arriving_ != send.request;
  if (send.cold) tally_.cold_start(live.function);
  tally_.scheduled(seconds_of(now() - plan_.workload.requests[send.request].arrival), waited, send.track);
  asio::co_spawn(io_, serve(send), asio::detached);
}

asio::awaitable<void> Engine::serve(policy::Send send) {
  const trace::Request& request = plan_.workload.requests[send.request];
  const auto client = live_.at(send.instance).client;
  const auto outcome = co_await client->run(request.exec_ms, request.memory_mib);
  if (outcome) {
    tally_.succeeded(request.function, seconds_of(now() - request.arrival), request.exec_ms);
  } else {
    tally_.failed(outcome.error());
  }
  perform(dispatcher_.request_ended(now(), send.request, outcome.has_value()));
}

void Engine::act(const policy::Remove& remove) {
  Live& live = live_.at(remove.instance);
  live.removing = true;
  // The connection is a socket in the instance's network namespace and would keep that alive; a request
  // that is under way has its own hold on it.
  live.client.reset();
  if (!live.gone) return backend(live.track).stop(live.name);
  asio::post(io_, [this, id = remove.instance] {
    tally_.instance_stopped();
    names_.erase(live_.at(id).name);
    live_.erase(id);
    perform(dispatcher_.instance_gone(now(), id));
  });
}

void Engine::act(const policy::Refuse& refuse) { tally_.failed(refuse.reason); }

void Engine::arm_tick() {
  const auto wake = dispatcher_.next_wake();
  if (!wake) {
    tick_timer_.cancel();
    return;
  }
  tick_timer_.expires_at(begin_ + *wake);
  tick_timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) perform(dispatcher_.tick(now()));
  });
}

void Engine::interrupt() {
  if (closed_ || over_) return;
  interrupted_ = true;
  closed_ = true;
  arrival_timer_.cancel();
  for (auto& [id, live] : live_) {
    if (live.client) live.client->close();
  }
  perform(dispatcher_.close(now()));
}

void Engine::end_when_done() {
  if (all_sent_ && !closed_ && tally_.done() == tally_.counts().sent) {
    closed_ = true;
    perform(dispatcher_.close(now()));
    return;
  }
  if (over_ || !all_sent_ || !closed_ || dispatcher_.instances() > 0) return;
  over_ = true;
  seconds_ = seconds_of(now());
  tick_timer_.cancel();
  progress_timer_.cancel();
  work_.reset();
  if (finished_) finished_();
}

LabResult Engine::result() const {
  LabResult result = tally_.result();
  result.runtime = plan_.config.runtime;
  result.policy = plan_.config.policy.text;
  result.interrupted = interrupted_;
  result.seconds = seconds_;
  return result;
}

}  // namespace faastax::lab
