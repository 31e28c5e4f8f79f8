// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "agent/host/roots.hpp"

namespace faastax::host {

/// A socket that accepts connections.
struct Listener {
  int family = 0;          ///< AF_INET, AF_INET6 or AF_UNIX
  std::uint16_t port = 0;  ///< inet only
  std::uint64_t inode = 0;
};

/// Listeners in the process's network namespace, whoever owns them. /proc does not show vsock.
std::vector<Listener> namespace_listeners(const Roots& roots, pid_t pid);

/// Inode numbers of the sockets that the process holds; needs CAP_SYS_PTRACE for others' processes.
std::set<std::uint64_t> socket_inodes(const Roots& roots, pid_t pid);

/// Listeners that one of these processes holds. Two processes of one network namespace are told apart, as
/// is a sandbox that shares the node's.
std::vector<Listener> listeners_of(const Roots& roots, const std::vector<pid_t>& pids);

/// The parsers behind, for /proc/<pid>/net/{tcp,tcp6} and /proc/<pid>/net/unix (proc_pid_net(5)).
std::vector<Listener> parse_tcp_listeners(std::string_view table, int family);
std::vector<Listener> parse_unix_listeners(std::string_view table);

}  // namespace faastax::host
