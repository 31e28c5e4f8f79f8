// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "controlplane/sandbox/fd.hpp"

/// The few words of rtnetlink (RFC 3549, rtnetlink(7)) that the emergency track needs.
namespace faastax::emergency {

/// An IPv4 address in host byte order.
using Ipv4 = std::uint32_t;

/// One end of a veth pair.
struct VethEnd {
  std::string name;
  int index = 0;               ///< of the device in its namespace; 0: the kernel chooses
  int network_namespace = -1;  ///< where it is made; -1: that of the socket
};

/// A route to `to`/`prefix`; `gateway` 0: on the link itself.
struct Route {
  Ipv4 to = 0;
  std::uint8_t prefix = 32;
  Ipv4 gateway = 0;
  int device = 0;
};

/// Configures one network namespace: the one that the calling thread was in when the socket was opened. Each
/// call waits for the kernel's answer; errors say what was asked for.
class RouteSocket {
 public:
  static std::expected<RouteSocket, std::string> open();

  std::expected<void, std::string> add_veth(const VethEnd& here, const VethEnd& there);
  std::expected<void, std::string> set_up(int device);
  /// `peer`: the address at the other end of a point-to-point link; 0: none.
  std::expected<void, std::string> add_address(int device, Ipv4 address, Ipv4 peer = 0);
  std::expected<void, std::string> add_route(const Route& route);
  /// Both ends of the pair go. One that is not there is no error.
  std::expected<void, std::string> remove_device(const std::string& name);

 private:
  explicit RouteSocket(sandbox::Fd fd) : fd_(std::move(fd)) {}
  class Message;
  std::expected<void, std::string> ask(Message& message, const std::string& what);

  sandbox::Fd fd_;
  std::uint32_t sequence_ = 0;
};

}  // namespace faastax::emergency
