// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/options.hpp"

#include <CLI/CLI.hpp>

#include "agent/base/usage.hpp"

namespace faastax::daemon {
namespace {

std::string check_endpoint(const std::string& text) {
  const auto endpoint = http::parse_endpoint(text);
  return endpoint ? std::string() : endpoint.error();
}

std::string check_target(const std::string& text) { return sender::problem_of_target(text).value_or(""); }

/// Parsing fills `options`, which must live as long as `app`.
void add_options(CLI::App& app, Options& options) {
  app.add_option("--config", options.config, "Configuration; without it everything has its default")
      ->type_name("FILE");
  app.add_option("--listen", options.listen, "Where /metrics, /healthz and /readyz are served")
      ->check(check_endpoint)
      ->type_name("ADDRESS:PORT");
  app.add_option("--log-level", options.log_level, "What is logged on standard error")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}));
  app.add_option("--collector", options.collector, "Where records of instances and of the node are sent")
      ->check(check_target)
      ->type_name("HOST:PORT");
  app.add_option("--node", options.node, "This node's name in records")->type_name("NAME");
  app.footer(
      "SIGTERM and SIGINT detach and end it. SIGHUP is ignored: the configuration is read at the start.");
}

}  // namespace

std::expected<Options, int> parse_options(int argc, const char* const* argv, const char* version) {
  CLI::App app("Books where this node's CPU and memory go, and serves it as Prometheus metrics",
               "faastax-agent");
  Options options;
  add_options(app, options);
  if (const auto status = base::parse_or_end(app, version, argc, argv)) return std::unexpected(*status);
  return options;
}

base::Result<config::AgentConfig> configuration(const Options& options) {
  config::AgentConfig config;
  if (!options.config.empty()) {
    auto read = config::load_config(options.config, options.collector);
    if (!read) return base::failure(read.error());
    config = std::move(*read);
  }
  if (!options.listen.empty()) {
    const auto endpoint = http::parse_endpoint(options.listen);
    if (!endpoint) return base::failure(endpoint.error());
    config.listen = *endpoint;
  }
  if (!options.log_level.empty()) config.log_level = options.log_level;
  if (!options.collector.empty()) config.collector.target = options.collector;
  if (!options.node.empty()) config.node = options.node;
  return config;
}

}  // namespace faastax::daemon
