// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "controlplane/manager/prober.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "controlplane/manager/cluster_manager.hpp"
#include "controlplane/manager/cri_node.hpp"
#include "controlplane/manager/pod_table.hpp"

namespace faastax::manager {

/// A cluster of nodes whose container runtimes are reached by their CRI sockets. Beside the one thread of the
/// io_context there is one for each node, asleep until something ends there, and a few for calls: so many
/// starts are under way at once, the others wait. Pods of an earlier run are removed when their node is first
/// reached.
class CriClusterManager final : public ClusterManager {
 public:
  struct Node {
    std::string name;
    std::filesystem::path socket;
  };
  struct Options {
    std::vector<Node> nodes;
    PodTemplate pod;
    PodLimits limits;
    Prober::Options probe;
    std::size_t starts_at_once = 4;
  };

  CriClusterManager(boost::asio::io_context& io, Options options);
  /// Removes nothing: desire() nothing first, and wait for the events.
  ~CriClusterManager() override;

  void listen(sandbox::InstanceListener listener) override { listener_ = std::move(listener); }
  void desire(const FunctionKey& function, std::vector<sandbox::InstanceSpec> instances) override;
  std::vector<PodStatus> actual() const override { return table_.pods(); }

 private:
  struct Watched {
    std::unique_ptr<CriNode> node;
    std::unique_ptr<boost::asio::steady_timer> list_timer;
    bool list_due = false;
    std::thread watcher;
  };

  void perform(const Steps& steps);
  void act(const StartPod& step);
  void act(const RemovePod& step);
  void act(const BeginProbing& step);
  void act(const EndProbing& step) { prober_.end(step.instance); }
  void act(const Examine& step);
  void act(const ListPods& step);
  void act(const sandbox::InstanceEvent& event);
  void watch(CriNode& node);
  void list(CriNode& node);
  void arm_tick();
  CriNode& node(const std::string& name) { return *nodes_.at(name).node; }
  Time now() const { return std::chrono::steady_clock::now().time_since_epoch(); }

  /// Does `work` on a thread of `pool`, and `then` with its result on the io_context's.
  template <class Work, class Then>
  void call(boost::asio::thread_pool& pool, Work work, Then then);

  boost::asio::io_context& io_;
  PodTable table_;
  Prober prober_;
  sandbox::InstanceListener listener_;
  boost::asio::steady_timer tick_timer_;
  std::map<std::string, std::chrono::steady_clock::time_point> arrived_;  ///< when a pod's start was begun
  std::map<std::string, Watched> nodes_;
  std::atomic<bool> closing_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< for what was posted and not run yet
  boost::asio::thread_pool starts_;
  boost::asio::thread_pool calls_;  ///< last, with starts_: their threads end before what they use
};

}  // namespace faastax::manager
