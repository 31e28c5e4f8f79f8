// SPDX-License-Identifier: Apache-2.0
#include "controlplane/emergency/network_pool.hpp"

#include <net/if.h>

#include "controlplane/emergency/address_plan.hpp"

namespace faastax::emergency {
namespace {

constexpr int kUplink = 2;      // device in the node's namespace
constexpr int kInside = 2;      // device in a slot's namespace
constexpr int kFirstSlot = 10;  // devices in the node's namespace, one a slot

}  // namespace

std::expected<std::unique_ptr<NetworkPool>, std::string> NetworkPool::open(int node, int ready) {
  if (node < 1 || node > kMaxNodes)
    return std::unexpected("a node's number is 1 to " + std::to_string(kMaxNodes));
  if (ready > kMaxSlots) return std::unexpected("a pool has at most " + std::to_string(kMaxSlots) + " slots");
  auto machine = RouteSocket::open();
  if (!machine) return std::unexpected(machine.error());
  auto network = make_network_namespace(true);
  if (!network) return std::unexpected(network.error());
  std::unique_ptr<NetworkPool> pool(new NetworkPool(node, std::move(*network), std::move(*machine)));
  if (auto linked = pool->link_to_machine(); !linked) return std::unexpected(linked.error());
  for (int i = 0; i < ready; ++i) {
    auto slot = pool->add();
    if (!slot) return std::unexpected(slot.error());
    pool->free_.push_back(*slot);
  }
  return pool;
}

// The namespaces go with their descriptors, but some time later; the link is to be gone at once.
NetworkPool::~NetworkPool() { (void)machine_.remove_device(uplink_name(node_)); }

std::expected<void, std::string> NetworkPool::link_to_machine() {
  const std::string name = uplink_name(node_);
  auto done = machine_.remove_device(name);
  if (done) done = machine_.add_veth({name}, {"uplink", kUplink, network_.fd.get()});
  if (!done) return done;
  const int device = static_cast<int>(if_nametoindex(name.c_str()));
  done = machine_.add_address(device, machine_address(node_), node_address(node_));
  if (done) done = machine_.set_up(device);
  if (done) done = network_.routes.add_address(kUplink, node_address(node_), machine_address(node_));
  if (done) done = network_.routes.set_up(kUplink);
  if (done) done = machine_.add_route({network_of(node_), 24, node_address(node_), device});
  if (done) done = network_.routes.add_route({0, 0, machine_address(node_), kUplink});
  return done;
}

std::expected<const NetworkPool::Slot*, std::string> NetworkPool::add() {
  const int number = static_cast<int>(slots_.size());
  if (number >= kMaxSlots) return std::unexpected("all of the node's addresses are in use");
  auto inside = make_network_namespace(false);
  if (!inside) return std::unexpected(inside.error());
  const int device = kFirstSlot + number;
  const Ipv4 address = slot_address(node_, number);
  auto done = network_.routes.add_veth({"slot" + std::to_string(number), device},
                                       {"eth0", kInside, inside->fd.get()});
  if (done) done = network_.routes.set_up(device);
  if (done) done = network_.routes.add_route({address, 32, 0, device});
  if (done) done = inside->routes.add_address(kInside, address, node_address(node_));
  if (done) done = inside->routes.set_up(kInside);
  if (done) done = inside->routes.add_route({0, 0, node_address(node_), kInside});
  if (!done) return std::unexpected("network of slot " + std::to_string(number) + ": " + done.error());
  slots_.push_back(std::make_unique<Slot>(number, to_text(address), std::move(*inside)));
  return slots_.back().get();
}

std::expected<const NetworkPool::Slot*, std::string> NetworkPool::take() {
  if (free_.empty()) return add();
  const Slot* slot = free_.front();
  free_.pop_front();
  return slot;
}

}  // namespace faastax::emergency
