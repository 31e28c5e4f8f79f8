// SPDX-License-Identifier: Apache-2.0
#include "controlplane/lab/engine.hpp"

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

#include "controlplane/policy/keep_alive.hpp"

namespace faastax::lab {

namespace asio = boost::asio;
using policy::InstanceId;

namespace {

constexpr std::size_t kRuntimeCallsAtOnce = 4;
constexpr auto kProgressPeriod = std::chrono::milliseconds(200);
constexpr double kMemoryHeadroomMib = 32;  // the runtime's own init and the program run inside the limit too
constexpr double kSmallestLimitMib = 64;

// Time constants of a policy run as much faster as the arrivals do.
std::unique_ptr<policy::Policy> make_policy(const LabConfig& config) {
  const double keep_alive = static_cast<double>(config.keep_alive.count()) / config.selection.speedup;
  return std::make_unique<policy::KeepAlive>(policy::Time(static_cast<std::int64_t>(keep_alive)));
}

double seconds_of(policy::Time time) { return std::chrono::duration<double>(time).count(); }

sandbox::SandboxSpec spec_for(const trace::WorkloadFunction& function, InstanceId id) {
  const double limit = std::max(kSmallestLimitMib, function.largest_memory_mib + kMemoryHeadroomMib);
  return {"lab", function.name, fmt::format("{}-{}", function.name, id),
          static_cast<std::uint64_t>(limit) * 1024 * 1024};
}

}  // namespace

Engine::Engine(asio::io_context& io, sandbox::SandboxDriver& driver, const LabPlan& plan,
               ProgressCallback progress)
    : io_(io),
      driver_(driver),
      plan_(plan),
      progress_(std::move(progress)),
      tally_(plan.workload),
      dispatcher_(make_policy(plan.config), {.instances = plan.config.max_instances, .concurrency = 1}),
      arrival_timer_(io),
      tick_timer_(io),
      progress_timer_(io),
      work_(io.get_executor()),
      pool_(kRuntimeCallsAtOnce) {}

void Engine::start() {
  begin_ = std::chrono::steady_clock::now();
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
    perform(dispatcher_.request_arrived(now(), i, static_cast<policy::FunctionId>(requests[i].function)));
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

void Engine::act(const policy::Decided&) {}

void Engine::act(const policy::Launch& launch) {
  Live& live = live_[launch.instance];
  live.decided = now();
  live.function = launch.function;
  asio::post(pool_, [this, id = launch.instance,
                     spec = spec_for(plan_.workload.functions[launch.function], launch.instance)] {
    auto result = std::make_shared<std::expected<Started, std::string>>(start_blocking(spec));
    asio::post(io_, [this, id, result] { started(id, std::move(*result)); });
  });
}

std::expected<Engine::Started, std::string> Engine::start_blocking(const sandbox::SandboxSpec& spec) {
  auto sandbox = driver_.start(spec);
  if (!sandbox) return std::unexpected(sandbox.error());
  auto connection = (*sandbox)->connect();
  if (connection) return Started{std::move(*sandbox), std::move(*connection)};
  // The reason that it does not listen says more than what its removal may add.
  (void)driver_.stop(std::move(*sandbox));
  return std::unexpected(connection.error());
}

void Engine::started(InstanceId id, std::expected<Started, std::string> result) {
  if (!result) {
    tally_.instance_failed(result.error());
    live_.erase(id);
    perform(dispatcher_.instance_failed(now(), id));
    return;
  }
  Live& live = live_.at(id);
  live.sandbox = std::move(result->sandbox);
  live.client = std::make_unique<FunctionClient>(io_, std::move(result->connection));
  tally_.instance_ready(seconds_of(now() - live.decided));
  perform(dispatcher_.instance_ready(now(), id));
}

void Engine::act(const policy::Send& send) {
  if (send.cold) tally_.cold_start(live_.at(send.instance).function);
  asio::co_spawn(io_, serve(send), asio::detached);
}

asio::awaitable<void> Engine::serve(policy::Send send) {
  const trace::Request& request = plan_.workload.requests[send.request];
  const auto outcome = co_await live_.at(send.instance).client->run(request.exec_ms, request.memory_mib);
  if (outcome) {
    tally_.succeeded(request.function, seconds_of(now() - request.arrival), request.exec_ms);
  } else {
    tally_.failed(outcome.error());
  }
  perform(dispatcher_.request_ended(now(), send.request, outcome.has_value()));
}

void Engine::act(const policy::Remove& remove) {
  Live& live = live_.at(remove.instance);
  // The connection is a socket in the sandbox's network namespace and would keep that alive.
  live.client.reset();
  auto sandbox = std::make_shared<std::unique_ptr<sandbox::Sandbox>>(std::move(live.sandbox));
  asio::post(pool_, [this, id = remove.instance, sandbox] {
    auto result = driver_.stop(std::move(*sandbox));
    asio::post(io_, [this, id, result = std::move(result)] { stopped(id, result); });
  });
}

void Engine::stopped(InstanceId id, const std::expected<void, std::string>& result) {
  if (!result) tally_.problem("stop: " + result.error());
  tally_.instance_stopped();
  live_.erase(id);
  perform(dispatcher_.instance_gone(now(), id));
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
  result.policy = std::string(dispatcher_.policy().name());
  result.interrupted = interrupted_;
  result.seconds = seconds_;
  return result;
}

}  // namespace faastax::lab
