// SPDX-License-Identifier: Apache-2.0
#include "collector/daemon/collector.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

#include "agent/http/agent_routes.hpp"
#include "collector/config/exposure.hpp"

namespace faastax::collector {
namespace {

using std::chrono::milliseconds;

constexpr auto kEventsPath = "/v1/events";
/// Control planes and scrapers keep their connections.
constexpr std::size_t kMaxConnections = 1000;
/// For what is in the store's hands, when it works.
constexpr milliseconds kPatience{10'000};

}  // namespace

Collector::Collector(const CollectorConfig& config, std::unique_ptr<store::Store> store,
                     std::optional<BearerToken> token, std::string_view version)
    : config_(config),
      store_(std::move(store)),
      metrics_(version),
      credentials_(
          config.tls, config.events_token,
          [this](Credential credential, const std::string& why) { metrics_.reload_failed(credential, why); }),
      committer_(*store_, {.max_waiting_bytes = config.max_waiting_bytes, .retention = config.retention},
                 metrics_),
      inbox_(committer_, std::move(token), [this](Delivery delivery) { metrics_.delivered(delivery); }) {}

base::Result<std::unique_ptr<Collector>> Collector::start(const CollectorConfig& config,
                                                          std::string_view version) {
  const auto warnings = check_exposure(config);
  if (!warnings) return base::failure(warnings.error());
  for (const auto& warning : *warnings) spdlog::warn("{}", warning);
  std::optional<BearerToken> token;
  if (!config.events_token.empty()) {
    auto opened = BearerToken::open(config.events_token);
    if (!opened) return base::failure(opened.error());
    token = std::move(*opened);
  }
  auto store = store::open(config.store);
  if (!store) return base::failure(store.error());
  std::unique_ptr<Collector> collector(new Collector(config, std::move(*store), std::move(token), version));
  if (auto done = collector->listen(); !done) return base::failure(done.error());
  return collector;
}

base::Result<void> Collector::listen() {
  auto ingest = IngestServer::start(
      {.endpoint = config_.listen, .tls = config_.tls, .max_streams = config_.max_streams}, committer_,
      metrics_);
  if (!ingest) return base::failure(ingest.error());
  ingest_ = std::move(*ingest);
  http::ServerOptions options;
  options.endpoint = config_.listen_http;
  options.max_connections = kMaxConnections;
  if (!config_.tls.certificate.empty()) {
    options.tls = http::TlsFiles{.certificate = config_.tls.certificate, .key = config_.tls.key};
  }
  auto server = http::Server::start(options, routes());
  if (!server) return base::failure(server.error());
  server_ = std::move(*server);
  return {};
}

http::Router Collector::routes() {
  auto router =
      http::agent_routes({.metrics =
                              [this](std::string_view scraper) {
                                return metrics_.scrape({.streams = ingest_->streams(),
                                                        .waiting_bytes = committer_.waiting_bytes(),
                                                        .store_available = committer_.state().has_value()},
                                                       scraper, std::chrono::steady_clock::now());
                              },
                          .ready = [this] { return committer_.state(); }});
  router.add(kEventsPath, inbox_.inbox(config_.max_event_body_bytes));
  return router;
}

void Collector::finish() {
  const auto patience = committer_.state() ? kPatience : milliseconds(0);
  ingest_->finish(patience);
  // The HTTP server goes on: an answer to what it has taken comes from the committer.
  committer_.finish();
  server_->drain(kPatience);
}

std::string Collector::start_line(std::string_view version) const {
  return fmt::format("faastax-collector {}: records on {}, events and metrics on {}, store {}", version,
                     http::to_string({config_.listen.address, ingest_->port()}),
                     http::to_string({config_.listen_http.address, server_->port()}),
                     store::without_password(config_.store));
}

}  // namespace faastax::collector
