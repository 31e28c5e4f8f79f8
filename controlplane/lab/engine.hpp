// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>  // first: awaitable.hpp of Boost 1.74 uses it without including it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "controlplane/lab/config.hpp"
#include "controlplane/lab/function_client.hpp"
#include "controlplane/lab/tally.hpp"
#include "controlplane/policy/dispatcher.hpp"
#include "controlplane/sandbox/backend.hpp"

namespace faastax::lab {

using ProgressCallback = std::function<void(const LabProgress&)>;

/// What makes the instances of each track.
struct Tracks {
  sandbox::Backend* regular = nullptr;
  sandbox::Backend* emergency = nullptr;  ///< null where the policy has no use for it
};

/// Replays a workload open-loop against instances: sends each request at its time whatever became of the
/// others, and does what the dispatcher says. One thread runs it; only connecting into another network
/// namespace is on threads of their own. When it is done every instance is removed.
class Engine {
 public:
  Engine(boost::asio::io_context& io, Tracks tracks, const LabPlan& plan, ProgressCallback progress);

  /// Returns at once; `io` runs until all is over.
  void start();
  /// Ends early: what is under way is cut and removed. More than one call does no more.
  void interrupt();
  /// Called once, when everything is over and before `io` runs dry.
  void on_finished(std::function<void()> callback) { finished_ = std::move(callback); }

  LabResult result() const;

 private:
  struct Live {
    std::string name;                        ///< for the back-end
    std::shared_ptr<FunctionClient> client;  ///< a request under way holds it too
    policy::Time decided{};
    std::size_t function = 0;
    policy::Track track = policy::Track::kRegular;
    bool gone = false;      ///< it ended by itself
    bool removing = false;  ///< its end was asked for
  };

  boost::asio::awaitable<void> send_all();
  boost::asio::awaitable<void> serve(policy::Send send);
  boost::asio::awaitable<void> report();
  void perform(policy::Actions actions);
  void act(const policy::Decided& decided);
  void act(const policy::Launch& launch);
  void act(const policy::Send& send);
  void act(const policy::Remove& remove);
  void act(const policy::Refuse& refuse);
  void hear(const sandbox::InstanceReady& ready);
  void hear(const sandbox::InstanceFailed& failed);
  void hear(const sandbox::InstanceGone& gone);
  void connected(policy::InstanceId id, std::expected<sandbox::Fd, std::string> connection);
  void failed(policy::InstanceId id, const std::string& why);
  sandbox::InstanceSpec spec_for(std::size_t function, const std::string& name) const;
  sandbox::Backend& backend(policy::Track track) const;
  void arm_tick();
  void end_when_done();
  policy::Time now() const { return std::chrono::steady_clock::now() - begin_; }
  LabProgress progress_now() const;

  boost::asio::io_context& io_;
  Tracks tracks_;
  const LabPlan& plan_;
  ProgressCallback progress_;
  std::function<void()> finished_;
  Tally tally_;
  policy::Dispatcher dispatcher_;
  std::chrono::steady_clock::time_point begin_{};
  double seconds_ = 0;
  boost::asio::steady_timer arrival_timer_;
  boost::asio::steady_timer tick_timer_;
  boost::asio::steady_timer progress_timer_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::map<policy::InstanceId, Live> live_;
  std::map<std::string, policy::InstanceId> names_;
  std::optional<policy::RequestId> arriving_;  ///< what is sent now did not wait
  bool all_sent_ = false;
  bool closed_ = false;
  bool interrupted_ = false;
  bool over_ = false;
  boost::asio::thread_pool pool_;  ///< last: its threads end before what they use
};

}  // namespace faastax::lab
