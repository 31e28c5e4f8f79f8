// SPDX-License-Identifier: Apache-2.0
// faastax-cluster-manager: the standard track of the lab as a process of its own.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstdio>
#include <fstream>
#include <vector>

#include "agent/base/usage.hpp"
#include "controlplane/manager/containerd.hpp"
#include "controlplane/manager/cri_cluster_manager.hpp"
#include "controlplane/manager/end_request.hpp"
#include "controlplane/manager/manager_backend.hpp"
#include "controlplane/sandbox/backend_server.hpp"
#include "controlplane/sandbox/regular_lock.hpp"
#include "controlplane/sandbox/state_folder.hpp"

namespace faastax::manager {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

constexpr auto kStopLimit = std::chrono::seconds(30);

struct Arguments {
  std::string socket;
  std::string state_folder = "/run/faastax-lab/manager";
  std::string cri_socket;
  std::string node = "n1";
  std::string function_program;
  std::string sidecar_program;
  double probe_period = 1;
  bool with_parent = false;
};

void declare(CLI::App& app, Arguments& arguments) {
  app.add_option("--listen", arguments.socket, "Unix socket to take starts and stops on")->required();
  app.add_option("--function", arguments.function_program, "Static program that each instance runs")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("--state", arguments.state_folder, "Folder of the containerd that is started here")
      ->capture_default_str();
  app.add_option("--cri-socket", arguments.cri_socket,
                 "Use the container runtime at this socket; start none");
  app.add_option("--node", arguments.node, "Name of this node")->capture_default_str();
  app.add_option("--sidecar", arguments.sidecar_program, "queue-proxy, to run beside each function")
      ->check(CLI::ExistingFile);
  app.add_option("--probe-period", arguments.probe_period, "Seconds between readiness probes")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 60.0));
  app.add_flag("--with-parent", arguments.with_parent, "End when the process that started this one ends");
}

std::expected<std::string, std::string> read_program(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), {});
  if (!file || bytes.empty()) return std::unexpected(path + ": cannot be read");
  return bytes;
}

std::expected<void, std::string> import(const fs::path& socket, const std::string& folder,
                                        const std::string& reference, const std::string& program) {
  const auto bytes = read_program(program);
  if (!bytes) return std::unexpected(bytes.error());
  return import_image(socket, folder, reference,
                      "/" + reference.substr(0, reference.find(':')).substr(reference.rfind('/') + 1),
                      std::as_bytes(std::span(*bytes)));
}

CriClusterManager::Options options_of(const Arguments& arguments, const fs::path& socket) {
  CriClusterManager::Options options;
  options.nodes = {{arguments.node, socket}};
  options.probe.period = std::chrono::milliseconds(static_cast<std::int64_t>(arguments.probe_period * 1e3));
  options.probe.timeout = options.probe.period;
  if (arguments.sidecar_program.empty()) return options;
  options.pod.sidecar_image = "faastax.dev/queue-proxy:1";
  options.probe.header = "K-Network-Probe";
  options.probe.port = kSidecarPort;
  options.limits.port = kSidecarPort;
  return options;
}

/// Serves until it is told to end, then removes every pod.
std::expected<void, std::string> serve(const Arguments& arguments, const EndRequest& end_request,
                                       const fs::path& cri) {
  asio::io_context io;
  const auto guard = asio::make_work_guard(io);  // threads of the manager's bring it work
  CriClusterManager manager(io, options_of(arguments, cri));
  ManagerBackend backend(manager);
  auto server = sandbox::BackendServer::open(io, arguments.socket, backend);
  if (!server) return std::unexpected(server.error());
  std::vector<asio::posix::stream_descriptor> watched;
  for (const int fd : {end_request.signals(), end_request.parent()}) {
    const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) continue;
    watched.emplace_back(io, copy).async_wait(asio::posix::stream_descriptor::wait_read,
                                              [](const boost::system::error_code&) {});
  }
  while (!end_request.came()) io.run_one();
  (*server)->close();
  backend.stop_all();
  const auto end = std::chrono::steady_clock::now() + kStopLimit;
  while (!backend.is_empty() && std::chrono::steady_clock::now() < end) io.run_one_until(end);
  if (!backend.is_empty()) return std::unexpected("some pods could not be removed");
  return {};
}

std::expected<void, std::string> run(const Arguments& arguments, const EndRequest& end_request) {
  auto folder = sandbox::StateFolder::open(arguments.state_folder);
  if (!folder) return std::unexpected(folder.error());
  std::unique_ptr<Containerd> own;
  sandbox::Fd shared;
  fs::path cri = arguments.cri_socket;
  if (cri.empty()) {
    auto started = Containerd::start(
        {.folder = folder->path() / "containerd", .give_up = [&] { return end_request.came(); }});
    if (!started && end_request.came()) return {};
    if (!started) return std::unexpected(started.error());
    own = std::move(*started);
    cri = own->socket();
  } else {
    auto lock = sandbox::lock_regular_track(sandbox::RegularUse::kShared);
    if (!lock) return std::unexpected(lock.error());
    shared = std::move(*lock);
  }
  if (end_request.came()) return {};
  auto imported = import(cri, arguments.state_folder, "faastax.dev/function:1", arguments.function_program);
  if (imported && !arguments.sidecar_program.empty())
    imported = import(cri, arguments.state_folder, "faastax.dev/queue-proxy:1", arguments.sidecar_program);
  if (!imported) return imported;
  return serve(arguments, end_request, cri);
}

}  // namespace
}  // namespace faastax::manager

int main(int argc, char** argv) {
  faastax::manager::EndRequest end_request;
  prctl(PR_SET_NAME, "cluster-manager");
  CLI::App app("Runs instances of functions as pods, through a container runtime's CRI socket",
               "faastax-cluster-manager");
  app.failure_message(faastax::base::one_line_failure);
  faastax::manager::Arguments arguments;
  faastax::manager::declare(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (arguments.with_parent && !end_request.watch_parent()) {
    fmt::print(stderr, "faastax-cluster-manager: --with-parent: the kernel has no pidfd_open()\n");
    return 1;
  }
  const auto done = faastax::manager::run(arguments, end_request);
  if (done) return 0;
  fmt::print(stderr, "faastax-cluster-manager: {}\n", done.error());
  return 1;
}
