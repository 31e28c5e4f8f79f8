// SPDX-License-Identifier: Apache-2.0
#include "agent/host/sockets.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>

namespace faastax::host {
namespace {

constexpr std::string_view kTcp =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 "
    "100\n"
    "   1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 4243 1 0 20\n"
    "   2: cut short\n";
constexpr std::string_view kUnix =
    "Num       RefCount Protocol Flags    Type St Inode Path\n"
    "0000000000000000: 00000002 00000000 00010000 0001 01 777 /run/a.sock\n"
    "0000000000000000: 00000003 00000000 00000000 0001 03 778\n";

TEST(Sockets, OnlyListenersOfATable) {
  const auto tcp = parse_tcp_listeners(kTcp, AF_INET);
  ASSERT_EQ(tcp.size(), 1U);
  EXPECT_EQ(tcp[0].port, 8080);
  EXPECT_EQ(tcp[0].inode, 4242U);
  EXPECT_EQ(tcp[0].family, AF_INET);
  const auto local = parse_unix_listeners(kUnix);
  ASSERT_EQ(local.size(), 1U);
  EXPECT_EQ(local[0].inode, 777U);
  EXPECT_TRUE(parse_tcp_listeners("", AF_INET).empty());
  EXPECT_TRUE(parse_unix_listeners("").empty());
}

class OpenSocket {
 public:
  explicit OpenSocket(int family) : fd_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~OpenSocket() { ::close(fd_); }
  OpenSocket(const OpenSocket&) = delete;
  OpenSocket& operator=(const OpenSocket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

std::ptrdiff_t count_family(const std::vector<Listener>& listeners, int family) {
  return std::ranges::count(listeners, family, &Listener::family);
}

TEST(Sockets, ThisProcess) {
  OpenSocket inet(AF_INET);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(inet.fd(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  OpenSocket local(AF_UNIX);
  sockaddr_un name{};  // an abstract name that the kernel picks
  name.sun_family = AF_UNIX;
  ASSERT_EQ(::bind(local.fd(), reinterpret_cast<sockaddr*>(&name), sizeof(sa_family_t)), 0);
  EXPECT_TRUE(listeners_of({}, {::getpid()}).empty()) << "bound is not listening";

  ASSERT_EQ(::listen(inet.fd(), 1), 0);
  ASSERT_EQ(::listen(local.fd(), 1), 0);
  const auto mine = listeners_of({}, {::getpid()});
  EXPECT_EQ(mine.size(), 2U);
  EXPECT_EQ(count_family(mine, AF_INET), 1);
  EXPECT_EQ(count_family(mine, AF_UNIX), 1);
  EXPECT_GE(count_family(namespace_listeners({}, ::getpid()), AF_INET), 1);
  EXPECT_TRUE(listeners_of({}, {::getppid()}).empty() || ::getppid() == 1) << "a neighbour's do not count";
}

}  // namespace
}  // namespace faastax::host
