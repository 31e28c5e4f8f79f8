// SPDX-License-Identifier: Apache-2.0
#include "collector/daemon/options.hpp"

#include <CLI/CLI.hpp>

#include <utility>

#include "agent/base/usage.hpp"

namespace faastax::collector {
namespace {

std::string check_endpoint(const std::string& text) {
  const auto endpoint = http::parse_endpoint(text);
  return endpoint ? std::string() : endpoint.error();
}

void lay_over(http::Endpoint& field, const std::string& given) {
  if (given.empty()) return;
  if (const auto endpoint = http::parse_endpoint(given)) field = *endpoint;  // checked when it was parsed
}

template <typename Value>
void lay_over(Value& field, const Value& given) {
  if (!given.empty()) field = given;
}

/// Parsing fills `options`, which must live as long as `app`.
void add_options(CLI::App& app, Options& options) {
  app.add_option("--config", options.config, "Configuration; without it everything has its default")
      ->type_name("FILE");
  app.add_option("--listen", options.listen, "Where agents send their records (gRPC)")
      ->check(check_endpoint)
      ->type_name("ADDRESS:PORT");
  app.add_option("--listen-http", options.listen_http,
                 "Where scaling events are taken (POST /v1/events), and /metrics, /healthz, /readyz served")
      ->check(check_endpoint)
      ->type_name("ADDRESS:PORT");
  app.add_option("--store", options.store, "sqlite:PATH or postgres://USER@HOST/DATABASE")->type_name("URL");
  app.add_option("--tls-certificate", options.certificate, "Certificate with its chain, PEM")
      ->type_name("FILE");
  app.add_option("--tls-key", options.key, "The certificate's key, PEM")->type_name("FILE");
  app.add_option("--tls-client-ca", options.client_ca, "Agents need a certificate of this authority, PEM")
      ->type_name("FILE");
  app.add_option("--events-token", options.events_token, "Bearer token that events need")->type_name("FILE");
  app.add_flag("--insecure", options.insecure, "Allow clear text on addresses that other machines reach");
  app.add_option("--log-level", options.log_level, "What is logged on standard error")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}));
  app.footer(
      "SIGTERM and SIGINT store what was taken, acknowledge it, and end it. SIGHUP is ignored: certificates "
      "and "
      "token are read again when they change, the rest at the start.");
}

}  // namespace

std::expected<Options, int> parse_options(int argc, const char* const* argv, const char* version) {
  CLI::App app("Keeps the records of agents and the scaling events of control planes in a database",
               "faastax-collector");
  Options options;
  add_options(app, options);
  if (const auto status = base::parse_or_end(app, version, argc, argv)) return std::unexpected(*status);
  return options;
}

base::Result<CollectorConfig> configuration(const Options& options) {
  CollectorConfig config;
  if (!options.config.empty()) {
    auto read = load_collector_config(options.config);
    if (!read) return base::failure(read.error());
    config = std::move(*read);
  }
  lay_over(config.listen, options.listen);
  lay_over(config.listen_http, options.listen_http);
  lay_over(config.store, options.store);
  lay_over(config.log_level, options.log_level);
  lay_over(config.tls.certificate, options.certificate);
  lay_over(config.tls.key, options.key);
  lay_over(config.tls.client_ca, options.client_ca);
  lay_over(config.events_token, options.events_token);
  config.insecure = config.insecure || options.insecure;
  return config;
}

}  // namespace faastax::collector
