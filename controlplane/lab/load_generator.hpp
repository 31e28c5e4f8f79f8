// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>  // first: awaitable.hpp of Boost 1.74 uses it without including it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "controlplane/lab/config.hpp"
#include "controlplane/lab/gateway_client.hpp"
#include "controlplane/lab/tally.hpp"

namespace faastax::lab {

/// Sends a workload to a gateway, open-loop: each request at its time, whatever became of the others, on a
/// connection that is free or a new one.
class LoadGenerator {
 public:
  LoadGenerator(boost::asio::io_context& io, const LabPlan& plan,
                const boost::asio::ip::tcp::endpoint& gateway);

  /// Returns at once; `finished` is called once, when every request that was sent is answered.
  void start(std::function<void()> finished);
  /// Sends no more and gives up on what is under way.
  void interrupt();

  bool interrupted() const { return interrupted_; }
  double seconds() const;
  /// What was sent and what came of it.
  const Tally& tally() const { return tally_; }

 private:
  boost::asio::awaitable<void> send_all();
  boost::asio::awaitable<void> send(std::size_t index);
  std::shared_ptr<GatewayClient> take_client();
  void end_when_done();

  boost::asio::io_context& io_;
  const LabPlan& plan_;
  boost::asio::ip::tcp::endpoint gateway_;
  Tally tally_;
  std::vector<std::string> names_;                   ///< of the functions, as the gateway knows them
  std::deque<std::shared_ptr<GatewayClient>> free_;  ///< the last used at the back
  std::set<std::shared_ptr<GatewayClient>> busy_;
  std::chrono::steady_clock::time_point begin_{};
  boost::asio::steady_timer arrival_;
  std::function<void()> finished_;
  bool all_sent_ = false;
  bool interrupted_ = false;
};

}  // namespace faastax::lab
