// SPDX-License-Identifier: Apache-2.0
// The gateway on its own, in front of instances that are always there.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "agent/base/usage.hpp"
#include "controlplane/gateway/admin.hpp"
#include "controlplane/gateway/options.hpp"
#include "controlplane/gateway/run.hpp"

namespace {

using namespace faastax;

constexpr int kFailed = 1;

int fail(const std::string& what) {
  fmt::print(stderr, "faastax-gateway: {}\n", what);
  return kFailed;
}

int run(gateway::ProgramOptions options, const std::optional<http::Endpoint>& admin_endpoint) {
  boost::asio::io_context io(1);
  gateway::StaticRouter router(std::move(options.router));
  gateway::Server server(io, router, std::move(options.server));
  std::expected<std::unique_ptr<http::Server>, std::string> admin;
  if (admin_endpoint) {
    admin = gateway::serve_admin(io, server, router, *admin_endpoint);
    if (!admin) return fail(admin.error());
  }
  const auto served = gateway::serve(io, server);
  return served ? 0 : fail(served.error());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Routes HTTP/1.1 requests to the instances of functions, by the host name function.namespace… "
      "or the header X-Faastax-Function: [namespace/]function",
      "faastax-gateway");
  gateway::ProgramOptions options;
  std::optional<http::Endpoint> admin;
  gateway::add_common_options(app, options);
  app.add_option_function<std::vector<std::string>>(
         "--route",
         [&options](const std::vector<std::string>& routes) {
           for (const auto& text : routes) options.router.routes.push_back(*gateway::parse_route(text));
         },
         "Instances of a function, [NAMESPACE/]FUNCTION=ADDRESS:PORT,…; without a name: of everything else")
      ->check(gateway::check_route)
      ->type_name("ROUTE")
      ->required();
  app.add_option_function<std::string>(
         "--admin", [&admin](const std::string& text) { admin = *http::parse_endpoint(text); },
         "Where /metrics, /healthz and /readyz are served")
      ->check(gateway::check_address)
      ->type_name("ADDRESS:PORT");
  app.add_option("--namespace", options.server.default_space, "Of functions that are named without one")
      ->capture_default_str();
  if (const auto status = base::parse_or_end(app, FAASTAX_VERSION, argc, argv)) return *status;
  return run(std::move(options), admin);
}
