// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "agent/http/server.hpp"
#include "controlplane/emergency/track.hpp"
#include "controlplane/events/delivery.hpp"
#include "controlplane/events/recorder.hpp"
#include "controlplane/gateway/policy_router.hpp"
#include "controlplane/gateway/server.hpp"
#include "controlplane/lab/config.hpp"
#include "controlplane/lab/tally.hpp"
#include "controlplane/sandbox/remote_backend.hpp"

namespace faastax::lab {

/// A policy's gateway over both tracks: all of a lab but its load and what makes the regular instances.
class ControlPlane final : private gateway::PolicyObserver {
 public:
  static std::expected<std::unique_ptr<ControlPlane>, std::string> open(boost::asio::io_context& io,
                                                                        const LabPlan& plan);

  std::uint16_t port() const { return server_->port(); }
  /// Deploys the functions; before the first request. What comes in the warm-up is not counted.
  void begin();
  /// Takes no more requests, cuts those under way and removes every instance; then `io` has nothing more to
  /// do.
  void close();

  /// When `io` has nothing more to do: waits until scaling events are delivered, but not for long.
  LabResult finish();
  const LabResult& counts() const { return tally_.counts(); }
  std::size_t instances() const { return router_->instances(); }

 private:
  ControlPlane(boost::asio::io_context& io, const LabPlan& plan);
  std::expected<void, std::string> open_tracks();
  std::expected<void, std::string> open_events();
  std::expected<void, std::string> open_gateway();

  void decided(policy::Time now, const policy::Decided& decided) override;
  void launched(policy::Time now, const gateway::SeenInstance& instance) override;
  void ready(policy::Time now, const gateway::SeenInstance& instance, policy::Time waited) override;
  void failed(policy::Time now, const gateway::SeenInstance& instance, const std::string& reason) override;
  void stopping(policy::Time now, const gateway::SeenInstance& instance,
                const policy::Remove& remove) override;
  void gone(policy::Time now, const gateway::SeenInstance& instance, const std::string& reason) override;
  void sent(policy::FunctionId function, const gateway::Sent& sent, const std::string& instance) override;

  boost::asio::io_context& io_;
  const LabPlan& plan_;
  Tally tally_;
  boost::asio::steady_timer warm_;
  std::unique_ptr<events::Delivery> delivery_;  ///< null: nobody wants events
  std::unique_ptr<events::Recorder> recorder_;  ///< the same
  std::unique_ptr<sandbox::RemoteBackend> regular_;
  std::unique_ptr<emergency::EmergencyTrack> emergency_;
  std::unique_ptr<gateway::PolicyRouter> router_;
  std::unique_ptr<gateway::Server> server_;
  std::unique_ptr<http::Server> admin_;  ///< asks the two before
};

}  // namespace faastax::lab
