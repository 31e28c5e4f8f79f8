// SPDX-License-Identifier: Apache-2.0
#include "controlplane/gateway/admin.hpp"

#include <boost/asio/post.hpp>

#include <future>

namespace faastax::gateway {

namespace {

constexpr auto kPatience = std::chrono::seconds(1);

/// Asks on the gateway's own thread: its books have no lock.
http::Handler asked_of(boost::asio::io_context& io, std::function<http::Response()> question) {
  return [&io, question](const http::Request&) {
    const auto promise = std::make_shared<std::promise<http::Response>>();
    auto answer = promise->get_future();
    boost::asio::post(io, [promise, question] { promise->set_value(question()); });
    if (answer.wait_for(kPatience) != std::future_status::ready) {
      return http::Response{.status = 503, .body = "the gateway does not answer\n"};
    }
    return answer.get();
  };
}

}  // namespace

std::expected<std::unique_ptr<http::Server>, std::string> serve_admin(boost::asio::io_context& io,
                                                                      const Server& server,
                                                                      const Router& router,
                                                                      const http::Endpoint& endpoint) {
  http::Router routes;
  routes.add("/metrics", asked_of(io, [&server, &router] {
               return http::Response{
                   .body = exposition(server.counters(), Clock::now()) + exposition(router.load()),
                   .content_type = "text/plain; version=0.0.4; charset=utf-8"};
             }));
  routes.add("/healthz", asked_of(io, [] { return http::Response{.body = "ok\n"}; }));
  routes.add("/readyz", asked_of(io, [&server] {
               if (server.draining()) return http::Response{.status = 503, .body = "draining\n"};
               return http::Response{.body = "ready\n"};
             }));
  return http::Server::start({.endpoint = endpoint}, std::move(routes));
}

}  // namespace faastax::gateway
