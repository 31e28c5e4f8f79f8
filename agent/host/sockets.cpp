// SPDX-License-Identifier: Apache-2.0
#include "agent/host/sockets.hpp"

#include <sys/socket.h>

#include <filesystem>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>

#include "agent/host/text.hpp"

namespace faastax::host {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTcpListen = "0A";              // TCP_LISTEN, include/net/tcp_states.h
constexpr std::uint32_t kAcceptsConnections = 0x00010000;  // __SO_ACCEPTCON, include/linux/net.h

void append(std::vector<Listener>& all, std::vector<Listener> some) {
  all.insert(all.end(), some.begin(), some.end());
}

fs::path folder_of(const Roots& roots, pid_t pid) { return roots.proc / std::to_string(pid); }

}  // namespace

std::vector<Listener> parse_tcp_listeners(std::string_view table, int family) {
  std::vector<Listener> listeners;
  for (std::string_view line : split(table, "\n")) {
    // sl, local address:port, remote, state, queues, timer, retransmits, uid, timeout, inode
    const auto words = split(line, " ");
    if (words.size() < 10 || words[3] != kTcpListen) continue;
    const auto port = parse_number<std::uint16_t>(words[1].substr(words[1].rfind(':') + 1), 16);
    const auto inode = parse_number<std::uint64_t>(words[9]);
    if (port && inode) listeners.push_back({.family = family, .port = *port, .inode = *inode});
  }
  return listeners;
}

std::vector<Listener> parse_unix_listeners(std::string_view table) {
  std::vector<Listener> listeners;
  for (std::string_view line : split(table, "\n")) {
    const auto words = split(line, " ");  // Num, RefCount, Protocol, Flags, Type, St, Inode, Path
    if (words.size() < 7) continue;
    const auto flags = parse_number<std::uint32_t>(words[3], 16);
    const auto inode = parse_number<std::uint64_t>(words[6]);
    if (!flags || !inode || (*flags & kAcceptsConnections) == 0) continue;
    listeners.push_back({.family = AF_UNIX, .port = 0, .inode = *inode});
  }
  return listeners;
}

std::vector<Listener> namespace_listeners(const Roots& roots, pid_t pid) {
  const fs::path net = folder_of(roots, pid) / "net";
  std::vector<Listener> listeners;
  if (const auto table = read_text(net / "tcp")) append(listeners, parse_tcp_listeners(*table, AF_INET));
  if (const auto table = read_text(net / "tcp6")) append(listeners, parse_tcp_listeners(*table, AF_INET6));
  if (const auto table = read_text(net / "unix")) append(listeners, parse_unix_listeners(*table));
  return listeners;
}

std::set<std::uint64_t> socket_inodes(const Roots& roots, pid_t pid) {
  std::set<std::uint64_t> inodes;
  std::error_code error;
  for (fs::directory_iterator at(folder_of(roots, pid) / "fd", error), end; !error && at != end;
       at.increment(error)) {
    std::error_code gone;
    const std::string target = fs::read_symlink(at->path(), gone).string();
    constexpr std::string_view kSocket = "socket:[";
    if (gone || !target.starts_with(kSocket) || !target.ends_with(']')) continue;
    const std::string_view number = std::string_view(target).substr(kSocket.size());
    if (const auto inode = parse_number<std::uint64_t>(number.substr(0, number.size() - 1)))
      inodes.insert(*inode);
  }
  return inodes;
}

std::vector<Listener> listeners_of(const Roots& roots, const std::vector<pid_t>& pids) {
  std::set<std::uint64_t> held;
  std::set<std::string> seen;  // network namespaces, each read once
  std::vector<Listener> present;
  for (pid_t pid : pids) {
    const auto inodes = socket_inodes(roots, pid);
    if (inodes.empty()) continue;
    held.insert(inodes.begin(), inodes.end());
    std::error_code error;
    const std::string space = fs::read_symlink(folder_of(roots, pid) / "ns" / "net", error).string();
    if (error || seen.insert(space).second) append(present, namespace_listeners(roots, pid));
  }
  std::erase_if(present, [&held](const Listener& listener) { return !held.contains(listener.inode); });
  return present;
}

}  // namespace faastax::host
