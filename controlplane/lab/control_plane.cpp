// SPDX-License-Identifier: Apache-2.0
#include "controlplane/lab/control_plane.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controlplane/gateway/admin.hpp"
#include "controlplane/lab/regular_track.hpp"
#include "controlplane/policy/time_scaled.hpp"

namespace faastax::lab {

namespace {

constexpr double kMemoryHeadroomMib = 32;  // the runtime's own init and the program run inside the limit too
constexpr double kSmallestLimitMib = 64;
constexpr double kMebibyte = 1024 * 1024;
constexpr std::chrono::seconds kDeliveryLimit{10};  // for events that still wait at the end

// Time constants of a policy run as much faster as the arrivals do.
std::unique_ptr<policy::Policy> make_policy(const LabConfig& config) {
  return std::make_unique<policy::TimeScaled>(config.policy.type->make(config.policy.values),
                                              config.selection.speedup);
}

double seconds_of(policy::Time time) { return std::chrono::duration<double>(time).count(); }

std::vector<sandbox::InstanceSpec> functions_of(const trace::Workload& workload) {
  std::vector<sandbox::InstanceSpec> specs;
  for (const trace::WorkloadFunction& function : workload.functions) {
    sandbox::InstanceSpec spec;
    spec.space = kLabSpace;
    spec.function = function.name;
    const double limit = std::max(kSmallestLimitMib, function.largest_memory_mib + kMemoryHeadroomMib);
    spec.memory_limit_bytes = static_cast<std::uint64_t>(limit * kMebibyte);
    specs.push_back(std::move(spec));
  }
  return specs;
}

}  // namespace

std::expected<std::unique_ptr<ControlPlane>, std::string> ControlPlane::open(boost::asio::io_context& io,
                                                                             const LabPlan& plan) {
  std::unique_ptr<ControlPlane> plane(new ControlPlane(io, plan));
  if (const auto opened = plane->open_tracks(); !opened) return std::unexpected(opened.error());
  if (const auto opened = plane->open_events(); !opened) return std::unexpected(opened.error());
  if (const auto opened = plane->open_gateway(); !opened) return std::unexpected(opened.error());
  return plane;
}

ControlPlane::ControlPlane(boost::asio::io_context& io, const LabPlan& plan)
    : io_(io), plan_(plan), tally_(plan.workload), warm_(io) {}

std::expected<void, std::string> ControlPlane::open_tracks() {
  auto regular = sandbox::RemoteBackend::connect(io_, regular_socket(plan_.config));
  if (!regular) return std::unexpected(regular.error());
  regular_ = std::move(*regular);
  regular_->on_lost([this](const std::string& reason) { tally_.problem("regular track: " + reason); });
  if (!plan_.config.policy.type->emergency_track) return {};
  auto emergency = emergency::EmergencyTrack::open(
      io_, {.state_folder = plan_.config.state_folder / "emergency", .nodes = plan_.config.nodes});
  if (!emergency) return std::unexpected(emergency.error());
  emergency_ = std::move(*emergency);
  return {};
}

std::expected<void, std::string> ControlPlane::open_events() {
  const events::DeliveryOptions& wanted = plan_.config.events;
  if (!wanted.file && !wanted.collector) return {};
  auto delivery = events::Delivery::open(wanted);
  if (!delivery) return std::unexpected(delivery.error());
  delivery_ = std::move(*delivery);
  events::RecorderOptions options{.source = events::source_of_run("lab", std::chrono::system_clock::now()),
                                  .policy = plan_.config.policy.text,
                                  .functions = {}};
  for (const auto& function : plan_.workload.functions)
    options.functions.push_back({kLabSpace, function.name});
  recorder_ = std::make_unique<events::Recorder>(
      std::move(options), [this](scaling::ScalingEvent event) { delivery_->take(std::move(event)); });
  return {};
}

std::expected<void, std::string> ControlPlane::open_gateway() {
  gateway::PolicyRouterOptions options;
  options.functions = functions_of(plan_.workload);
  options.policy = plan_.config.policy.text;
  policy::Dispatcher dispatcher(make_policy(plan_.config), {.instances = plan_.config.max_instances});
  gateway::PolicyObserver& observer = *this;
  router_ = std::make_unique<gateway::PolicyRouter>(
      io_, std::move(dispatcher), std::move(options),
      gateway::Backends{.regular = regular_.get(), .emergency = emergency_.get()}, observer);
  gateway::ServerOptions serve;
  serve.listen = {boost::asio::ip::address_v4::loopback(), 0};
  serve.default_space = kLabSpace;
  server_ = std::make_unique<gateway::Server>(io_, *router_, std::move(serve));
  router_->on_leaving([this](gateway::InstanceId instance) { server_->forget(instance); });
  if (const auto listening = server_->listen(); !listening) return listening;
  if (!plan_.config.gateway_admin) return {};
  auto admin = gateway::serve_admin(io_, *server_, *router_, *plan_.config.gateway_admin);
  if (!admin) return std::unexpected(admin.error());
  admin_ = std::move(*admin);
  return {};
}

void ControlPlane::begin() {
  if (recorder_) recorder_->begin(std::chrono::system_clock::now());
  router_->begin();
  if (plan_.config.warmup.count() == 0) return;
  warm_.expires_after(plan_.warm_at());
  warm_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    tally_.begin_counting();
    tally_.instances_now(router_->instances());  // those that the warm-up made are there still
  });
}

LabResult ControlPlane::finish() {
  LabResult result = tally_.result();
  if (!delivery_) return result;
  const events::DeliveryCounts counts = delivery_->finish(kDeliveryLimit);
  result.events = {counts.taken, counts.stored, counts.lost, counts.lost_to_file};
  if (counts.lost + counts.lost_to_file > 0)
    result.problems.push_back(
        fmt::format("events: {} lost: {}", std::max(counts.lost, counts.lost_to_file), counts.why));
  return result;
}

void ControlPlane::close() {
  warm_.cancel();
  server_->drain([this] {
    router_->close([this] {
      regular_.reset();
      emergency_.reset();
    });
  });
  server_->cut();
}

// Each hook counts for the result, and tells whoever wants events.
void ControlPlane::decided(policy::Time now, const policy::Decided& decided) {
  tally_.decided();
  if (recorder_) recorder_->decided(now, decided);
}

void ControlPlane::launched(policy::Time now, const gateway::SeenInstance& instance) {
  tally_.instances_now(router_->instances());
  if (recorder_) recorder_->launched(now, instance);
}

void ControlPlane::ready(policy::Time now, const gateway::SeenInstance& instance, policy::Time waited) {
  tally_.instance_ready(seconds_of(waited), instance.launch.track);
  if (recorder_) recorder_->ready(now, instance, waited);
}

void ControlPlane::failed(policy::Time now, const gateway::SeenInstance& instance,
                          const std::string& reason) {
  tally_.instance_failed(reason);
  if (recorder_) recorder_->failed(now, instance, reason);
}

void ControlPlane::stopping(policy::Time now, const gateway::SeenInstance& instance,
                            const policy::Remove& remove) {
  if (recorder_) recorder_->stopping(now, instance, remove);
}

void ControlPlane::gone(policy::Time now, const gateway::SeenInstance& instance, const std::string& reason) {
  if (reason != sandbox::kStopped) tally_.problem("stop: " + reason);
  tally_.instance_stopped();
  if (recorder_) recorder_->gone(now, instance, reason);
}

void ControlPlane::sent(policy::FunctionId function, const gateway::Sent& sent, const std::string& instance) {
  if (sent.send.cold) tally_.cold_start(function);
  tally_.scheduled(seconds_of(sent.waited), sent.held, sent.send.track);
  if (recorder_) recorder_->sent(function, sent, instance);
}

}  // namespace faastax::lab
