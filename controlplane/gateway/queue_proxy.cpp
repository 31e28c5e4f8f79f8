// SPDX-License-Identifier: Apache-2.0
// The gateway beside one instance, in its pod: limits how many requests the function has at once and says
// whether it is ready.
#include <CLI/CLI.hpp>

#include <cstdio>

#include "agent/base/usage.hpp"
#include "controlplane/gateway/options.hpp"
#include "controlplane/gateway/run.hpp"
#include "controlplane/gateway/tcp_probe.hpp"

namespace {

using namespace faastax;

constexpr int kFailed = 1;

int run(gateway::ProgramOptions options, const boost::asio::ip::tcp::endpoint& function) {
  boost::asio::io_context io(1);
  options.router.routes.push_back({"", "", {function}});
  options.server.probe = [&io, function](gateway::ProbeAnswer answer) {
    gateway::probe_tcp(io, function, [answer](bool ready) { answer(ready ? 200 : 503); });
  };
  gateway::StaticRouter router(std::move(options.router));
  gateway::Server server(io, router, std::move(options.server));
  const auto served = gateway::serve(io, server);
  if (served) return 0;
  std::fprintf(stderr, "queue-proxy: %s\n", served.error().c_str());
  return kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Stands in a pod between its requests and the function: at most so many at once, the others wait. A "
      "request with the header K-Network-Probe is answered 200 when the function listens, 503 otherwise",
      "queue-proxy");
  gateway::ProgramOptions options;
  boost::asio::ip::tcp::endpoint function;
  gateway::add_common_options(app, options);
  app.add_option_function<std::string>(
         "--function", [&function](const std::string& text) { function = *gateway::parse_address(text); },
         "Where the function listens")
      ->check(gateway::check_address)
      ->type_name("ADDRESS:PORT")
      ->required();
  if (const auto status = base::parse_or_end(app, FAASTAX_VERSION, argc, argv)) return *status;
  return run(std::move(options), function);
}
