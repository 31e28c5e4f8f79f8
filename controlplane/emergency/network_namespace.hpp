// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>

#include "controlplane/emergency/netlink.hpp"
#include "controlplane/sandbox/fd.hpp"

namespace faastax::emergency {

/// A network namespace that lives as long as the descriptor, the processes in it and their sockets: it has no
/// name, so a killed owner leaves none behind.
struct NetworkNamespace {
  sandbox::Fd fd;
  RouteSocket routes;
};

/// A new one, with IPv6 off (its neighbour discovery would be traffic of nobody's) and its loopback device
/// up. `forwards`: it routes between its devices. The calling thread stays in its own.
std::expected<NetworkNamespace, std::string> make_network_namespace(bool forwards);

}  // namespace faastax::emergency
