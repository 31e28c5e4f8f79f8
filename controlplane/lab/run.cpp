// SPDX-License-Identifier: Apache-2.0
#include "controlplane/lab/run.hpp"

#include <fcntl.h>
#include <signal.h>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include "controlplane/emergency/track.hpp"
#include "controlplane/function/function_image.hpp"
#include "controlplane/sandbox/oci_backend.hpp"
#include "controlplane/sandbox/oci_driver.hpp"

namespace faastax::lab {

namespace asio = boost::asio;

std::expected<LabResult, std::string> run_lab(const LabPlan& plan, const RunHooks& hooks) {
  asio::io_context io;
  asio::signal_set signals(io, SIGINT, SIGTERM);
  auto driver = sandbox::OciDriver::open({plan.config.runtime, plan.config.state_folder, function_image()});
  if (!driver) return std::unexpected(driver.error());
  sandbox::OciBackend regular(io, **driver);
  std::unique_ptr<emergency::EmergencyTrack> emergency;
  if (plan.config.policy.type->emergency_track) {
    auto opened = emergency::EmergencyTrack::open(
        io, {.state_folder = plan.config.state_folder / "emergency", .nodes = plan.config.nodes});
    if (!opened) return std::unexpected(opened.error());
    emergency = std::move(*opened);
  }
  if (hooks.ready && !hooks.ready()) return std::unexpected("the run was not begun");

  Engine engine(io, {&regular, emergency.get()}, plan, hooks.progress);
  asio::posix::stream_descriptor stop(io);
  signals.async_wait([&](const boost::system::error_code& cancelled, int) {
    if (!cancelled) engine.interrupt();
  });
  if (hooks.stop_fd >= 0) {
    stop.assign(fcntl(hooks.stop_fd, F_DUPFD_CLOEXEC, 0));
    stop.async_wait(asio::posix::stream_descriptor::wait_read,
                    [&](const boost::system::error_code& cancelled) {
                      if (!cancelled) engine.interrupt();
                    });
  }
  engine.on_finished([&] {
    signals.cancel();
    if (stop.is_open()) stop.cancel();
    // The connections to its agents would keep this loop alive. Later: this may be one of their callbacks.
    asio::post(io, [&emergency] { emergency.reset(); });
  });
  engine.start();
  io.run();
  return engine.result();
}

}  // namespace faastax::lab
