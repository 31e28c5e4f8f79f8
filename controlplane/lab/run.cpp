// SPDX-License-Identifier: Apache-2.0
#include "controlplane/lab/run.hpp"

#include <fcntl.h>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>

#include "controlplane/lab/dead_lab.hpp"
#include "controlplane/lab/gateway_process.hpp"
#include "controlplane/lab/load_generator.hpp"
#include "controlplane/lab/regular_track.hpp"
#include "controlplane/sandbox/file_limit.hpp"

namespace faastax::lab {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;
using boost::system::error_code;

namespace {

constexpr auto kProgressPeriod = std::chrono::milliseconds(200);

/// One run from the load generator's side: load, progress, the gateway's messages, and what ends it early.
class Run {
 public:
  Run(const LabPlan& plan, const RunHooks& hooks, GatewayProcess& gateway)
      : plan_(plan),
        hooks_(hooks),
        gateway_(gateway),
        load_(io_, plan, {asio::ip::address_v4::loopback(), gateway.port}),
        stop_(io_),
        messages_(io_, fcntl(gateway.process.messages(), F_DUPFD_CLOEXEC, 0)),
        progress_(io_),
        warm_(io_),
        limit_(io_) {}

  /// What the gateway knows in the end; the error says how it was lost.
  std::expected<LabResult, std::string> run() {
    if (const auto begun = gateway_.begin(); !begun) return std::unexpected(begun.error());
    watch_for_stops();
    hear_gateway();
    tell_progress();
    load_.start([this] { end(); });
    wait_until_warm();
    io_.run();
    if (!control_) return std::unexpected(why_lost_);
    add_load(*control_, load_.tally().result());
    control_->runtime = runtime_name(plan_.config);
    control_->policy = plan_.config.policy.text;
    control_->interrupted = load_.interrupted();
    control_->seconds = std::max(0.0, seconds_ - std::chrono::duration<double>(plan_.warm_at()).count());
    return *control_;
  }

 private:
  void watch_for_stops() {
    if (!stop_.is_open()) stop_.assign(fcntl(hooks_.stop_fd, F_DUPFD_CLOEXEC, 0));
    stop_.async_read_some(asio::buffer(&asked_, 1), [this](const error_code& error, std::size_t) {
      if (over_ || error == asio::error::operation_aborted) return;
      if (load_.interrupted()) return give_up("the run was interrupted twice");
      load_.interrupt();
      if (!error) watch_for_stops();
    });
  }

  void wait_until_warm() {
    warm_.expires_after(plan_.warm_at());
    warm_.async_wait([this](const error_code& cancelled) {
      if (!cancelled && hooks_.warm) hooks_.warm();
    });
  }

  // What the gateway has made goes with it; it hears so by its messages' end.
  void give_up(const char* why) {
    why_lost_ = why;
    gateway_.process.signal(SIGKILL);
  }

  void hear_gateway() {
    messages_.async_wait(stream_descriptor::wait_read, [this](const error_code& cancelled) {
      if (cancelled) return;
      const bool more = gateway_.process.read_more();
      while (const auto message = gateway_.process.buffered_message()) heard(*message);
      if (more && !control_) return hear_gateway();
      over_ = true;
      seconds_ = load_.seconds();
      if (!control_) load_.interrupt();
      stop_.close();
      progress_.cancel();
      warm_.cancel();
      limit_.cancel();
    });
  }

  void heard(const nlohmann::json& message) {
    if (message.contains("counts")) counts_ = message["counts"];
    if (message.contains("result")) control_ = result_from_json(message["result"]);
  }

  void tell_progress() {
    const LabResult& sent = load_.tally().counts();
    hooks_.progress({load_.seconds(), std::chrono::duration<double>(plan_.workload.length).count(), sent.sent,
                     plan_.workload.requests.size(), load_.tally().done(), sent.failed,
                     counts_["cold_starts"], counts_["instances"]});
    progress_.expires_after(kProgressPeriod);
    progress_.async_wait([this](const error_code& cancelled) {
      if (!cancelled && !over_) tell_progress();
    });
  }

  void end() {
    if (over_) return;
    gateway_.process.tell_to_end();
    limit_.expires_after(kEndLimit);
    limit_.async_wait([this](const error_code& cancelled) {
      if (!cancelled && !over_) give_up("the gateway did not remove its instances in time");
    });
  }

  const LabPlan& plan_;
  const RunHooks& hooks_;
  GatewayProcess& gateway_;
  asio::io_context io_;
  LoadGenerator load_;
  stream_descriptor stop_;
  stream_descriptor messages_;
  asio::steady_timer progress_;
  asio::steady_timer warm_;   ///< the end of the warm-up
  asio::steady_timer limit_;  ///< of the gateway's end
  char asked_ = 0;
  /// The gateway has said all, or is gone. Asked by whatever would wait again: a handler that is due already
  /// is not cancelled.
  bool over_ = false;
  const char* why_lost_ = "the gateway was lost";
  nlohmann::json counts_ = {{"cold_starts", 0}, {"instances", 0}};
  std::optional<LabResult> control_;
  double seconds_ = 0;
};

// False when it did not end by itself.
bool end_instances(RegularTrack& regular, const std::filesystem::path& state_folder) {
  if (regular.end()) return true;
  remove_dead_lab(state_folder);
  return false;
}

}  // namespace

std::expected<LabResult, std::string> run_lab(const LabPlan& plan, const RunHooks& hooks) {
  auto regular = RegularTrack::launch(plan.config);
  if (!regular) return std::unexpected(regular.error());
  auto gateway = launch_gateway(plan);
  if (!gateway) {
    end_instances(*regular, plan.config.state_folder);
    return std::unexpected(gateway.error());
  }
  sandbox::raise_file_limit();
  std::expected<LabResult, std::string> result = std::unexpected("interrupted before the run began");
  if (!hooks.ready || hooks.ready()) result = Run(plan, hooks, *gateway).run();
  const auto left = gateway->process.end_or_kill(kEndLimit);
  const bool clean = end_instances(*regular, plan.config.state_folder);
  if (result && (left != 0 || !clean)) result->problems.emplace_back("end: a process of the lab was killed");
  return result;
}

}  // namespace faastax::lab
