// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>

#include "controlplane/sandbox/fd.hpp"

namespace faastax::sandbox {

/// A connection to 127.0.0.1:`port` inside the network namespace of the process that `pidfd` names. Tries
/// until something listens there, the process ends, or `limit` has passed. The calling thread stays where
/// it is: a helper thread enters the namespace and ends in it.
std::expected<Fd, std::string> connect_inside(int pidfd, std::uint16_t port, std::chrono::milliseconds limit);

/// A connection to `address` (IPv4), from the network namespace whose file is `network`, or from the caller's
/// own where that is empty. One try.
std::expected<Fd, std::string> connect_from(const std::string& network, const std::string& address,
                                            std::uint16_t port);

}  // namespace faastax::sandbox
