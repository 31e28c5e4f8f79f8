// SPDX-License-Identifier: Apache-2.0
#include "controlplane/manager/prober.hpp"

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace faastax::manager {

namespace asio = boost::asio;
namespace http = boost::beast::http;

struct Prober::Worker {
  Worker(asio::io_context& io, const Options& how, Answer told)
      : options(how), answer(std::move(told)), timer(io), stream(io) {}

  asio::awaitable<std::string> probe();

  std::string instance;
  std::string address;
  Options options;
  Answer answer;
  asio::steady_timer timer;
  boost::beast::tcp_stream stream;
  std::chrono::steady_clock::time_point next{};
  bool ended = false;
};

// Empty: it is ready.
asio::awaitable<std::string> Prober::Worker::probe() {
  boost::system::error_code error;
  const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(address, error), options.port);
  stream.expires_after(options.timeout);
  if (!error) co_await stream.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return "connect: " + error.message();
  http::request<http::empty_body> request(http::verb::get, options.path, 11);
  request.set(http::field::host, address);
  request.set(http::field::user_agent, "kube-probe/faastax");
  request.set(http::field::connection, "close");
  if (!options.header.empty()) request.set(options.header, "queue");
  co_await http::async_write(stream, request, asio::redirect_error(asio::use_awaitable, error));
  http::response<http::string_body> response;
  boost::beast::flat_buffer buffer;
  if (!error)
    co_await http::async_read(stream, buffer, response, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return "no answer: " + error.message();
  const unsigned status = response.result_int();
  if (status < 200 || status >= 400) co_return fmt::format("it answers {}", status);
  co_return std::string();
}

Prober::Prober(asio::io_context& io, Options options, Answer answer)
    : io_(io), options_(std::move(options)), answer_(std::move(answer)) {}

Prober::~Prober() {
  while (!workers_.empty()) end(workers_.begin()->first);
}

void Prober::begin(const std::string& instance, const std::string& address,
                   std::chrono::steady_clock::time_point since) {
  end(instance);
  const auto worker = std::make_shared<Worker>(io_, options_, answer_);
  worker->instance = instance;
  worker->address = address;
  const auto now = std::chrono::steady_clock::now();
  worker->next = since + ((now - since) / options_.period + 1) * options_.period;
  workers_[instance] = worker;
  asio::co_spawn(io_, run(worker), asio::detached);
}

void Prober::end(const std::string& instance) {
  const auto found = workers_.find(instance);
  if (found == workers_.end()) return;
  found->second->ended = true;
  found->second->timer.cancel();
  found->second->stream.close();
  workers_.erase(found);
}

asio::awaitable<void> Prober::run(std::shared_ptr<Worker> worker) {
  while (!worker->ended) {
    boost::system::error_code cancelled;
    worker->timer.expires_at(worker->next);
    co_await worker->timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (worker->ended) co_return;
    const std::string reason = co_await worker->probe();
    if (worker->ended) co_return;
    worker->stream.close();
    const auto now = std::chrono::steady_clock::now();
    while (worker->next <= now) worker->next += worker->options.period;
    worker->answer(worker->instance, reason.empty(), reason);
  }
}

}  // namespace faastax::manager
