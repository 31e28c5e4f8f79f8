// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "controlplane/emergency/netlink.hpp"

/// Who has which address on the emergency track. A node `n` (1 to 250) has the network 10.231.n.0/24: .1 is
/// the node's own, .2 to .251 are the instances' slots, .254 is this machine's end of the link to the node.
/// Pure.
namespace faastax::emergency {

inline constexpr int kMaxNodes = 250;
inline constexpr int kMaxSlots = 250;

inline constexpr Ipv4 network_of(int node) {
  return (10U << 24) | (231U << 16) | (static_cast<Ipv4>(node) << 8);
}
inline constexpr Ipv4 node_address(int node) { return network_of(node) + 1; }
/// `slot` counts from 0.
inline constexpr Ipv4 slot_address(int node, int slot) {
  return network_of(node) + 2 + static_cast<Ipv4>(slot);
}
inline constexpr Ipv4 machine_address(int node) { return network_of(node) + 254; }

/// The machine's end of the link to the node. Device names have at most 15 bytes.
inline std::string uplink_name(int node) { return "fx-emerg-" + std::to_string(node); }

inline std::string to_text(Ipv4 address) {
  return std::to_string(address >> 24) + "." + std::to_string((address >> 16) & 255) + "." +
         std::to_string((address >> 8) & 255) + "." + std::to_string(address & 255);
}

}  // namespace faastax::emergency
