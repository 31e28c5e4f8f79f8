// SPDX-License-Identifier: Apache-2.0
#include "controlplane/sandbox/network.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "controlplane/sandbox/failed.hpp"

namespace faastax::sandbox {
namespace {

constexpr auto kBetweenConnects = std::chrono::milliseconds(1);

bool ended_within(int pidfd, std::chrono::milliseconds time) {
  pollfd ended{pidfd, POLLIN, 0};
  return poll(&ended, 1, static_cast<int>(time.count())) > 0;
}

std::expected<Fd, std::string> try_until_it_listens(int pidfd, std::uint16_t port,
                                                    std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (;;) {
    Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) return failed("cannot open a socket in the sandbox");
    if (connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
      const int on = 1;
      setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return fd;
    }
    // Until the runtime has brought the loopback device up the network cannot be reached at all.
    if (errno != ECONNREFUSED && errno != ENETUNREACH) return failed("cannot connect into the sandbox");
    if (std::chrono::steady_clock::now() > end) return std::unexpected("the function does not listen");
    if (ended_within(pidfd, kBetweenConnects))
      return std::unexpected("the function ended before it listened");
  }
}

std::expected<Fd, std::string> try_once(const std::string& address, std::uint16_t port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  if (inet_pton(AF_INET, address.c_str(), &to.sin_addr) != 1)
    return std::unexpected(address + ": no address");
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return failed("cannot open a socket");
  if (connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    return failed("cannot connect to the instance");
  }
  const int on = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

}  // namespace

std::expected<Fd, std::string> connect_from(const std::string& network, const std::string& address,
                                            std::uint16_t port) {
  if (network.empty()) return try_once(address, port);
  const Fd file(open(network.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return failed("cannot open the instance's network");
  std::expected<Fd, std::string> result = std::unexpected("no helper thread");
  std::thread([&] {
    if (setns(file.get(), CLONE_NEWNET) != 0) {
      result = failed("cannot enter the instance's network");
    } else {
      result = try_once(address, port);
    }
  }).join();
  return result;
}

std::expected<Fd, std::string> connect_inside(int pidfd, std::uint16_t port,
                                              std::chrono::milliseconds limit) {
  std::expected<Fd, std::string> result = std::unexpected("no helper thread");
  std::thread([&] {
    if (setns(pidfd, CLONE_NEWNET) != 0) {
      result = failed("cannot enter the sandbox's network");
    } else {
      result = try_until_it_listens(pidfd, port, limit);
    }
  }).join();
  return result;
}

}  // namespace faastax::sandbox
