// SPDX-License-Identifier: Apache-2.0
// The program `emergency-agent`: the emergency track of one node, behind a unix socket.
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>

#include <cstdio>

#include "controlplane/emergency/agent.hpp"
#include "controlplane/function/function_image.hpp"
#include "controlplane/sandbox/backend_server.hpp"
#include "controlplane/sandbox/file_limit.hpp"

namespace {

using namespace faastax;

struct Arguments {
  emergency::EmergencyAgent::Options agent;
  std::string socket;
  pid_t parent = 0;
};

int run(const Arguments& arguments) {
  boost::asio::io_context io(1);
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  const auto agent = emergency::EmergencyAgent::open(io, arguments.agent);
  if (!agent) {
    fmt::print(stderr, "emergency-agent: {}\n", agent.error());
    return 1;
  }
  const auto server = sandbox::BackendServer::open(io, arguments.socket, **agent);
  if (!server) {
    fmt::print(stderr, "emergency-agent: {}\n", server.error());
    return 1;
  }
  signals.async_wait([&](const boost::system::error_code&, int) {
    (*server)->close();
    (*agent)->close([&io] { io.stop(); });
  });
  io.run();
  return 0;
}

}  // namespace

int main(int count, char** words) {
  Arguments arguments;
  arguments.agent.function_program = function_image();
  CLI::App app(
      "Spawns emergency instances on this node: copies of a function's template process, for one request");
  app.add_option("--socket", arguments.socket, "Unix socket to serve on")->required();
  app.add_option("--state", arguments.agent.state_folder, "Folder for this node's files")->required();
  app.add_option("--node", arguments.agent.node, "Name of the node")->required();
  app.add_option("--number", arguments.agent.number, "The node's network is 10.231.NUMBER.0/24")
      ->check(CLI::Range(1, 250))
      ->capture_default_str();
  app.add_option("--pool", arguments.agent.ready_slots, "Network slots that are made before they are needed")
      ->check(CLI::Range(0, 250))
      ->capture_default_str();
  app.add_option("--templates", arguments.agent.templates,
                 "Template processes at most; the longest unused goes")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--parent", arguments.parent, "Pid of the process that starts this one: end when it ends");
  CLI11_PARSE(app, count, words);
  if (arguments.parent > 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != arguments.parent) return 0;  // it ended before that
  }
  sandbox::raise_file_limit();
  signal(SIGPIPE, SIG_IGN);
  return run(arguments);
}
