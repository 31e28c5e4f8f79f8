// SPDX-License-Identifier: Apache-2.0
#include "controlplane/lab/load_generator.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>

namespace faastax::lab {

namespace asio = boost::asio;

namespace {
// Well before the gateway's own limit.
constexpr auto kLongestIdle = std::chrono::seconds(30);
}  // namespace

LoadGenerator::LoadGenerator(asio::io_context& io, const LabPlan& plan,
                             const asio::ip::tcp::endpoint& gateway)
    : io_(io), plan_(plan), gateway_(gateway), tally_(plan.workload), arrival_(io) {
  for (const auto& function : plan.workload.functions)
    names_.push_back(std::string(kLabSpace) + "/" + function.name);
}

void LoadGenerator::start(std::function<void()> finished) {
  finished_ = std::move(finished);
  begin_ = std::chrono::steady_clock::now();
  asio::co_spawn(io_, send_all(), asio::detached);
}

double LoadGenerator::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
}

asio::awaitable<void> LoadGenerator::send_all() {
  const auto& requests = plan_.workload.requests;
  for (std::size_t i = 0; i < requests.size() && !interrupted_; ++i) {
    boost::system::error_code cancelled;
    arrival_.expires_at(begin_ + requests[i].arrival);
    co_await arrival_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (interrupted_) break;
    const std::chrono::nanoseconds arrival = requests[i].arrival;
    const std::chrono::duration<double> late = std::chrono::steady_clock::now() - begin_ - arrival;
    const bool counts = arrival >= plan_.warm_at();
    tally_.sent(requests[i].function, counts ? std::optional(late.count()) : std::nullopt);
    asio::co_spawn(io_, send(i), asio::detached);
  }
  all_sent_ = true;
  end_when_done();
}

asio::awaitable<void> LoadGenerator::send(std::size_t index) {
  const trace::Request& request = plan_.workload.requests[index];
  const auto client = take_client();
  busy_.insert(client);
  const auto outcome = co_await client->run(names_[request.function], request.exec_ms, request.memory_mib);
  busy_.erase(client);
  free_.push_back(client);
  if (outcome && request.arrival < plan_.warm_at()) {
    tally_.succeeded_early(request.function);
  } else if (outcome) {
    const auto took = std::chrono::steady_clock::now() - begin_ - request.arrival;
    tally_.succeeded(request.function, std::chrono::duration<double>(took).count(), request.exec_ms);
  } else {
    tally_.failed(outcome.error());
  }
  end_when_done();
}

// The last used first, so that those that are not needed grow old; the gateway closes them in the end.
std::shared_ptr<GatewayClient> LoadGenerator::take_client() {
  const auto old = std::chrono::steady_clock::now() - kLongestIdle;
  while (!free_.empty() && free_.front()->last_used() < old) free_.pop_front();
  if (free_.empty()) return std::make_shared<GatewayClient>(io_, gateway_);
  auto client = std::move(free_.back());
  free_.pop_back();
  return client;
}

void LoadGenerator::interrupt() {
  if (interrupted_) return;
  interrupted_ = true;
  arrival_.cancel();
  for (const auto& client : busy_) client->close();
}

void LoadGenerator::end_when_done() {
  if (!all_sent_ || tally_.done() < tally_.counts().sent || !finished_) return;
  std::exchange(finished_, nullptr)();
}

}  // namespace faastax::lab
