// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "controlplane/emergency/network_namespace.hpp"

namespace faastax::emergency {

/// A node's network: a namespace that routes between a link to this machine and one link to each slot. A slot
/// is a network namespace with a veth device and an address, made before it is needed and used by one
/// instance after the other: making and removing one takes milliseconds of the kernel's locks, an instance
/// some hundreds of microseconds. The instances' processes have no right to change it; their sockets end with
/// them.
///
/// Nothing here has a name that outlives this process, except the machine's end of the node's link, which
/// goes with the other end. open() removes one that is still there.
class NetworkPool {
 public:
  struct Slot {
    int number = 0;
    std::string address;
    NetworkNamespace network;
  };

  /// The node's network with `ready` slots made. `node` as in address_plan.hpp.
  static std::expected<std::unique_ptr<NetworkPool>, std::string> open(int node, int ready);
  ~NetworkPool();

  /// The slot that rests longest; makes another when all are in use. The pointer lives as long as the pool.
  std::expected<const Slot*, std::string> take();
  /// Its instance's last process has ended.
  void give_back(const Slot* slot) { free_.push_back(slot); }

  std::size_t size() const { return slots_.size(); }
  std::size_t free() const { return free_.size(); }

 private:
  NetworkPool(int node, NetworkNamespace network, RouteSocket machine)
      : node_(node), network_(std::move(network)), machine_(std::move(machine)) {}
  std::expected<void, std::string> link_to_machine();
  std::expected<const Slot*, std::string> add();

  int node_;
  NetworkNamespace network_;  ///< the node's
  RouteSocket machine_;       ///< this process's own namespace
  std::vector<std::unique_ptr<Slot>> slots_;
  std::deque<const Slot*> free_;
};

}  // namespace faastax::emergency
