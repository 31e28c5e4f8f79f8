// SPDX-License-Identifier: Apache-2.0
#include "controlplane/emergency/network_namespace.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

namespace faastax::emergency {
namespace {

using sandbox::Fd;

constexpr int kLoopback = 1;

// A kernel without IPv6 has no such file, and needs none.
void set(const char* file) {
  const Fd setting(open(file, O_WRONLY | O_CLOEXEC));
  if (setting) (void)!write(setting.get(), "1", 1);
}

std::expected<NetworkNamespace, std::string> move_and_make(bool forwards) {
  if (unshare(CLONE_NEWNET) != 0) {
    return std::unexpected(std::string("cannot make a network namespace: ") + std::strerror(errno));
  }
  // /proc/sys/net shows the namespace of who opens it.
  set("/proc/sys/net/ipv6/conf/all/disable_ipv6");
  set("/proc/sys/net/ipv6/conf/default/disable_ipv6");
  if (forwards) set("/proc/sys/net/ipv4/ip_forward");
  Fd fd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!fd) return std::unexpected(std::string("cannot open a network namespace: ") + std::strerror(errno));
  auto routes = RouteSocket::open();
  if (!routes) return std::unexpected(routes.error());
  if (auto up = routes->set_up(kLoopback); !up) return std::unexpected(up.error());
  return NetworkNamespace{std::move(fd), std::move(*routes)};
}

}  // namespace

std::expected<NetworkNamespace, std::string> make_network_namespace(bool forwards) {
  std::expected<NetworkNamespace, std::string> result = std::unexpected("no helper thread");
  std::thread([&] { result = move_and_make(forwards); }).join();
  return result;
}

}  // namespace faastax::emergency
