// SPDX-License-Identifier: Apache-2.0
#include "controlplane/gateway/upstream_pool.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace faastax::gateway {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// A node that is gone is noticed within some 6 s.
constexpr int kProbeAfterSeconds = 2;
constexpr int kProbeEverySeconds = 1;
constexpr int kProbes = 4;
constexpr int kRetransmits = 4;  // doubling from 0.2 s on a short way

// An instance that has closed, or that said something unasked, takes no further request.
bool still_open(tcp::socket& socket) {
  char byte = 0;
  return recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

// Sockets stay in the namespace in which they were made; the thread does not.
class InNamespace {
 public:
  explicit InNamespace(int target) : own_(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
    entered_ = own_ >= 0 && setns(target, CLONE_NEWNET) == 0;
  }
  InNamespace(const InNamespace&) = delete;
  InNamespace& operator=(const InNamespace&) = delete;
  ~InNamespace() {
    // A thread that serves from a sandbox's namespace would be worse than none.
    if (entered_ && setns(own_, CLONE_NEWNET) != 0) std::abort();
    if (own_ >= 0) close(own_);
  }
  bool entered() const { return entered_; }

 private:
  int own_;
  bool entered_ = false;
};

// While a response is awaited nothing is sent that could go unanswered: probes say whether the instance's
// node is still there. Without them the request is answered all the same, by its time limit.
void watch_path(int socket) {
  const auto set = [socket](int level, int option, int value) {
    setsockopt(socket, level, option, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, kProbeAfterSeconds);
  set(IPPROTO_TCP, TCP_KEEPINTVL, kProbeEverySeconds);
  set(IPPROTO_TCP, TCP_KEEPCNT, kProbes);
}

std::expected<void, std::string> open_here(tcp::socket& socket, const tcp& protocol) {
  boost::system::error_code error;
  socket.open(protocol, error);
  if (error) return std::unexpected("cannot make a socket: " + error.message());
  socket.set_option(tcp::no_delay(true), error);
  socket.non_blocking(true, error);
  watch_path(socket.native_handle());
  return {};
}

}  // namespace

bool is_cut_off(tcp::socket& socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  return getsockopt(socket.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
         info.tcpi_retransmits >= kRetransmits;
}

std::expected<void, std::string> open_socket(tcp::socket& socket, const Endpoint& endpoint) {
  if (endpoint.network_namespace < 0) return open_here(socket, endpoint.address.protocol());
  const InNamespace inside(endpoint.network_namespace);
  if (!inside.entered()) {
    return std::unexpected(std::string("cannot enter the instance's network namespace: ") + strerror(errno));
  }
  return open_here(socket, endpoint.address.protocol());
}

std::unique_ptr<Upstream> UpstreamPool::take(InstanceId instance) {
  const auto found = idle_.find(instance);
  if (found == idle_.end()) return nullptr;
  auto& free = found->second;
  while (!free.empty()) {
    auto upstream = std::move(free.back());
    free.pop_back();
    if (still_open(upstream->socket)) return upstream;
  }
  return nullptr;
}

void UpstreamPool::put(std::unique_ptr<Upstream> upstream, Clock::time_point now) {
  auto& free = idle_[upstream->instance];
  if (free.size() >= most_idle_) return;
  upstream->idle_since = now;
  free.push_back(std::move(upstream));
}

void UpstreamPool::close_old(Clock::time_point now) {
  for (auto it = idle_.begin(); it != idle_.end();) {
    std::erase_if(it->second, [&](const auto& one) { return now - one->idle_since > idle_limit_; });
    it = it->second.empty() ? idle_.erase(it) : std::next(it);
  }
}

}  // namespace faastax::gateway
