// SPDX-License-Identifier: Apache-2.0
#include "controlplane/gateway/options.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "agent/http/endpoint.hpp"

namespace faastax::gateway {

namespace {

void add_seconds(CLI::App& app, const char* name, std::chrono::milliseconds& value, const char* help) {
  app.add_option_function<double>(
         name,
         [&value](double seconds) {
           value = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1e3));
         },
         help)
      ->check(CLI::Range(0.001, 1e6))
      ->type_name("SECONDS")
      ->default_str(std::to_string(std::chrono::duration_cast<std::chrono::seconds>(value).count()));
}

}  // namespace

std::optional<boost::asio::ip::tcp::endpoint> parse_address(std::string_view text) {
  const auto parsed = http::parse_endpoint(text);
  if (!parsed) return std::nullopt;
  return boost::asio::ip::tcp::endpoint(boost::asio::ip::make_address(parsed->address), parsed->port);
}

std::optional<Route> parse_route(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == text.npos) return std::nullopt;
  Route route;
  if (const std::string_view name = text.substr(0, equals); !name.empty()) {
    const auto function = function_of(name, "", "default");
    if (!function) return std::nullopt;
    route.space = function->space;
    route.function = function->function;
  }
  for (std::string_view rest = text.substr(equals + 1);;) {
    const auto comma = rest.find(',');
    const auto address = parse_address(rest.substr(0, comma));
    if (!address || address->port() == 0) return std::nullopt;
    route.instances.push_back(*address);
    if (comma == rest.npos) return route;
    rest.remove_prefix(comma + 1);
  }
}

std::string check_address(const std::string& text) {
  return parse_address(text) ? "" : "not an address and port (127.0.0.1:8080, [::1]:8080): " + text;
}

std::string check_route(const std::string& text) {
  return parse_route(text) ? "" : "not a route (namespace/function=127.0.0.1:8080,127.0.0.1:8081): " + text;
}

void add_common_options(CLI::App& app, ProgramOptions& o) {
  app.add_option_function<std::string>(
         "--listen", [&o](const std::string& text) { o.server.listen = *parse_address(text); },
         "Where requests are taken")
      ->check(check_address)
      ->type_name("ADDRESS:PORT")
      ->required();
  app.add_option("--concurrency", o.router.concurrency, "Requests at once in one instance (0: any number)")
      ->capture_default_str();
  app.add_option("--queue", o.router.queue, "Requests of one function that may wait; one more gets 503")
      ->capture_default_str();
  add_seconds(app, "--queue-time", o.router.queue_time, "A request that waits longer gets 504");
  add_seconds(app, "--connect-time", o.server.limits.connect, "To connect to an instance");
  add_seconds(app, "--response-time", o.server.limits.response,
              "From a request to its response's head; then 504");
  add_seconds(app, "--stall-time", o.server.limits.stall, "Between two pieces of a body");
  add_seconds(app, "--idle-time", o.server.limits.idle, "A client's connection between two requests");
  add_seconds(app, "--drain-time", o.server.drain, "After SIGTERM, for what is under way");
  app.add_option("--max-connections", o.server.max_connections, "Clients at once; more wait to be accepted")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--max-head", o.server.limits.max_head_bytes,
                 "Largest head of a request or response, in bytes")
      ->check(CLI::Range(256, static_cast<int>(kBufferBytes)))
      ->capture_default_str();
}

}  // namespace faastax::gateway
