// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "controlplane/manager/cluster_manager.hpp"

namespace faastax::manager {

/// Since any fixed moment.
using Time = std::chrono::nanoseconds;

/// Make its sandbox and containers on this node. To be answered by started() or start_failed().
struct StartPod {
  sandbox::InstanceSpec spec;
  std::uint32_t attempt = 0;
  std::string node;
};
/// To be answered by removed(). `instance` is empty for a pod that nobody knows.
struct RemovePod {
  std::string node;
  std::string sandbox;
  std::string instance;
};
/// Ask it every period whether it is ready: probed().
struct BeginProbing {
  std::string instance;
  std::string address;
};
struct EndProbing {
  std::string instance;
};
/// Find out whether and how it ended: ended(), or nothing if it runs.
struct Examine {
  std::string instance;
  std::string part;  ///< the runtime's id of what ended, where that is known
};
/// Find out what there is on the node: listed().
struct ListPods {
  std::string node;
};
using Step =
    std::variant<StartPod, RemovePod, BeginProbing, EndProbing, Examine, ListPods, sandbox::InstanceEvent>;
using Steps = std::vector<Step>;

/// A pod of this manager's that a node's runtime says it has.
struct ObservedPod {
  std::string sandbox;
  std::string instance;
  std::uint32_t attempt = 0;
  bool running = false;  ///< its sandbox and all of its containers
};

struct PodLimits {
  Time start = std::chrono::seconds(30);  ///< until its containers run, in as many attempts as it takes
  Time ready = std::chrono::seconds(60);  ///< from there until it is ready
  /// Starts that fail so soon after the node's runtime came back are made again: it may still be clearing up
  /// what it had begun before.
  Time recovery = std::chrono::seconds(10);
  int failed_probes = 3;      ///< in a row, of a pod that was ready
  std::uint16_t port = 8080;  ///< where a ready pod takes requests
};

/// Desired and actual pods of a cluster, and what is to be done so that they become the same. Pure: what is
/// done, and what it led to, is the caller's affair.
class PodTable {
 public:
  PodTable(const std::vector<std::string>& nodes, PodLimits limits);

  Steps desire(Time now, const FunctionKey& function, const std::vector<sandbox::InstanceSpec>& instances);

  Steps started(Time now, const std::string& instance, const std::string& sandbox,
                const std::string& address);
  /// `unavailable`: nobody knows what there is of it. Otherwise nothing is.
  Steps start_failed(Time now, const std::string& instance, bool unavailable, const std::string& reason);
  Steps probed(Time now, const std::string& instance, bool success, const std::string& reason);
  Steps ended(const std::string& instance, const std::string& reason);
  /// `done`: nothing of it is left.
  Steps removed(const RemovePod& pod, bool done);

  /// All that a node's runtime has. What is not wanted there goes.
  Steps listed(Time now, const std::string& node, const std::vector<ObservedPod>& pods);
  /// Its runtime does not answer: no pod is placed there until it has been listed.
  void node_lost(const std::string& node);

  /// When tick() is wanted at the latest.
  std::optional<Time> next_wake() const;
  Steps tick(Time now);

  std::vector<PodStatus> pods() const;
  const PodStatus* find(const std::string& instance) const;

 private:
  struct Pod {
    PodStatus status;
    std::uint32_t attempt = 0;
    Time give_up{};    ///< on making it run, then on its being ready
    int failures = 0;  ///< probes in a row
    bool was_ready = false;
    std::string reason{};  ///< why it goes; empty while it is wanted
  };
  using Pods = std::map<std::string, Pod>;

  struct Node {
    bool answers = false;
    bool was_lost = false;
    std::optional<Time> back{};  ///< when it answered again
  };

  void begin(Pod& pod, Steps& steps);
  bool recovers(Time now, const std::string& node) const;
  void take_down(Pod& pod, const std::string& reason, Steps& steps);
  Pods::iterator finish(Pods::iterator pod, Steps& steps);
  std::optional<std::string> place() const;
  void compare(Pod& pod, const std::vector<ObservedPod>& observed, Steps& steps);
  bool is_known(const ObservedPod& pod) const;

  PodLimits limits_;
  std::map<std::string, Node> nodes_;  ///< by name
  Pods pods_;
};

}  // namespace faastax::manager
