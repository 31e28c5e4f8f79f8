// SPDX-License-Identifier: Apache-2.0
#include "controlplane/lab/oci_process.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include "controlplane/function/function_image.hpp"
#include "controlplane/sandbox/backend_server.hpp"
#include "controlplane/sandbox/oci_backend.hpp"
#include "controlplane/sandbox/oci_driver.hpp"

namespace faastax::lab {
namespace {

namespace asio = boost::asio;

int fail(const WorkerPipes& pipes, const std::string& error) {
  send_message(pipes.messages, {{"error", error}});
  return 1;
}

int oci_main(const LabConfig& config, const WorkerPipes& pipes) {
  asio::io_context io;
  auto driver = sandbox::OciDriver::open({config.runtime, config.state_folder, function_image()});
  if (!driver) return fail(pipes, driver.error());
  sandbox::OciBackend backend(io, **driver);
  auto server = sandbox::BackendServer::open(io, oci_socket(config), backend);
  if (!server) return fail(pipes, server.error());
  asio::posix::stream_descriptor control(io, pipes.control);
  control.async_wait(asio::posix::stream_descriptor::wait_read,
                     [&](const boost::system::error_code&) { io.stop(); });
  send_message(pipes.messages, {{"ready", true}});
  io.run();
  return 0;
}

}  // namespace

std::filesystem::path oci_socket(const LabConfig& config) { return config.state_folder / "instances.sock"; }

std::expected<WorkerProcess, std::string> launch_oci_process(const LabConfig& config) {
  auto process = WorkerProcess::launch(
      "cluster-manager", [&config](const WorkerPipes& pipes) { return oci_main(config, pipes); });
  if (!process) return process;
  const auto first = process->next_message();
  if (!first) return std::unexpected(first.error());
  if (first->contains("error")) return std::unexpected((*first)["error"].get<std::string>());
  return process;
}

}  // namespace faastax::lab
