// SPDX-License-Identifier: Apache-2.0
#include "controlplane/emergency/netlink.hpp"

#include <arpa/inet.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace faastax::emergency {

/// A request under construction: header, fixed part, attributes, nested ones closed in reverse order.
class RouteSocket::Message {
 public:
  Message(std::uint16_t type, int flags) {
    header().nlmsg_len = NLMSG_LENGTH(0);
    header().nlmsg_type = type;
    header().nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
  }

  template <class Body>
  void body(const Body& body) {
    std::memcpy(take(sizeof body), &body, sizeof body);
  }
  void text(unsigned type, const std::string& value) { attribute(type, value.c_str(), value.size() + 1); }
  void number(unsigned type, std::uint32_t value) { attribute(type, &value, sizeof value); }
  void address(unsigned type, Ipv4 value) { number(type, htonl(value)); }
  std::size_t open(unsigned type) {
    const std::size_t at = header().nlmsg_len;
    attribute(type, nullptr, 0);
    return at;
  }
  void close(std::size_t at) {
    const auto length = static_cast<unsigned short>(header().nlmsg_len - at);
    std::memcpy(bytes_.data() + at, &length, sizeof length);
  }
  nlmsghdr& header() { return *reinterpret_cast<nlmsghdr*>(bytes_.data()); }

 private:
  void attribute(unsigned type, const void* value, std::size_t size) {
    const rtattr head{static_cast<unsigned short>(RTA_LENGTH(size)), static_cast<unsigned short>(type)};
    std::memcpy(take(sizeof head), &head, sizeof head);
    if (size > 0) std::memcpy(take(size), value, size);
  }
  // A message here has at most two names and some numbers: far below the buffer's size.
  char* take(std::size_t size) {
    char* at = bytes_.data() + header().nlmsg_len;
    header().nlmsg_len += NLMSG_ALIGN(static_cast<unsigned>(size));
    return at;
  }

  alignas(nlmsghdr) std::array<char, 512> bytes_{};
};

std::expected<RouteSocket, std::string> RouteSocket::open() {
  sandbox::Fd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!fd) return std::unexpected(std::string("rtnetlink: ") + std::strerror(errno));
  return RouteSocket(std::move(fd));
}

std::expected<void, std::string> RouteSocket::ask(Message& message, const std::string& what) {
  message.header().nlmsg_seq = ++sequence_;
  const auto size = message.header().nlmsg_len;
  if (send(fd_.get(), &message.header(), size, 0) != static_cast<ssize_t>(size)) {
    return std::unexpected(what + ": " + std::strerror(errno));
  }
  alignas(nlmsghdr) std::array<char, 4096> answer{};
  for (;;) {
    const ssize_t got = recv(fd_.get(), answer.data(), answer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(nlmsgerr))))
      return std::unexpected(what + ": no answer");
    const auto* header = reinterpret_cast<const nlmsghdr*>(answer.data());
    if (header->nlmsg_seq != sequence_ || header->nlmsg_type != NLMSG_ERROR) continue;
    const auto* error = reinterpret_cast<const nlmsgerr*>(answer.data() + NLMSG_HDRLEN);
    if (error->error == 0) return {};
    return std::unexpected(what + ": " + std::strerror(-error->error));
  }
}

std::expected<void, std::string> RouteSocket::add_veth(const VethEnd& here, const VethEnd& there) {
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  ifinfomsg link{};
  link.ifi_index = here.index;
  message.body(link);
  message.text(IFLA_IFNAME, here.name);
  if (here.network_namespace >= 0)
    message.number(IFLA_NET_NS_FD, static_cast<std::uint32_t>(here.network_namespace));
  const auto info = message.open(IFLA_LINKINFO);
  message.text(IFLA_INFO_KIND, "veth");
  const auto data = message.open(IFLA_INFO_DATA);
  const auto peer = message.open(VETH_INFO_PEER);
  link.ifi_index = there.index;
  message.body(link);
  message.text(IFLA_IFNAME, there.name);
  if (there.network_namespace >= 0)
    message.number(IFLA_NET_NS_FD, static_cast<std::uint32_t>(there.network_namespace));
  message.close(peer);
  message.close(data);
  message.close(info);
  return ask(message, "veth " + here.name);
}

std::expected<void, std::string> RouteSocket::set_up(int device) {
  Message message(RTM_NEWLINK, 0);
  ifinfomsg link{};
  link.ifi_index = device;
  link.ifi_flags = IFF_UP;
  link.ifi_change = IFF_UP;
  message.body(link);
  return ask(message, "device up");
}

std::expected<void, std::string> RouteSocket::add_address(int device, Ipv4 address, Ipv4 peer) {
  Message message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
  ifaddrmsg what{};
  what.ifa_family = AF_INET;
  what.ifa_prefixlen = 32;
  what.ifa_index = static_cast<std::uint32_t>(device);
  message.body(what);
  message.address(IFA_LOCAL, address);
  message.address(IFA_ADDRESS, peer != 0 ? peer : address);
  return ask(message, "address");
}

std::expected<void, std::string> RouteSocket::add_route(const Route& route) {
  Message message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
  rtmsg what{};
  what.rtm_family = AF_INET;
  what.rtm_dst_len = route.prefix;
  what.rtm_table = RT_TABLE_MAIN;
  what.rtm_protocol = RTPROT_STATIC;
  what.rtm_scope = route.gateway != 0 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
  what.rtm_type = RTN_UNICAST;
  message.body(what);
  if (route.prefix > 0) message.address(RTA_DST, route.to);
  if (route.gateway != 0) message.address(RTA_GATEWAY, route.gateway);
  message.number(RTA_OIF, static_cast<std::uint32_t>(route.device));
  return ask(message, "route");
}

std::expected<void, std::string> RouteSocket::remove_device(const std::string& name) {
  Message message(RTM_DELLINK, 0);
  message.body(ifinfomsg{});
  message.text(IFLA_IFNAME, name);
  auto removed = ask(message, "removal of " + name);
  // The name is looked up by the kernel: ENODEV says that there is none.
  if (!removed && removed.error().ends_with(std::strerror(ENODEV))) return {};
  return removed;
}

}  // namespace faastax::emergency
