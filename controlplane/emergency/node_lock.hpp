// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>

#include "controlplane/sandbox/fd.hpp"

/// Devices, addresses and cgroups bear a node's number, machine-wide. So one agent at a time may have a
/// number, wherever its state folder is: the one that holds the number's lock,
/// `/run/faastax-emergency-nNUMBER.lock`. The kernel frees the lock when its holder ends, however that
/// happens.
namespace faastax::emergency {

/// Waits some seconds, for one that is just ending. The error says that the number is taken.
std::expected<sandbox::Fd, std::string> take_node_lock(int number);

/// Does not wait. Without a descriptor: another process holds it, so its agent lives.
sandbox::Fd try_node_lock(int number);

}  // namespace faastax::emergency
