// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include "controlplane/gateway/counters.hpp"
#include "controlplane/gateway/read_buffer.hpp"
#include "controlplane/gateway/request_relay.hpp"
#include "controlplane/gateway/response_relay.hpp"
#include "controlplane/gateway/router.hpp"
#include "controlplane/gateway/upstream_pool.hpp"

namespace faastax::gateway {

/// How long what may take, and how often.
struct Limits {
  std::uint32_t max_head_bytes = 16 * 1024;                        ///< at most kBufferBytes
  std::chrono::milliseconds head = std::chrono::seconds(30);       ///< from a head's first byte to its last
  std::chrono::milliseconds idle = std::chrono::seconds(75);       ///< a client's connection between requests
  std::chrono::milliseconds connect = std::chrono::seconds(5);     ///< to an instance
  std::chrono::milliseconds response = std::chrono::seconds(300);  ///< from the last byte sent to the head
  std::chrono::milliseconds stall = std::chrono::seconds(60);      ///< between two pieces of a body
  unsigned attempts = 5;  ///< instances tried for one request while nothing of it was sent
};

class Session;
using ProbeAnswer = std::function<void(unsigned status)>;

/// What all sessions share. It outlives them.
struct Shared {
  boost::asio::io_context& io;
  Router& router;
  UpstreamPool& pool;
  Limits limits;
  std::string default_space;
  /// Answers requests with the header K-Network-Probe; empty: they are requests like any other.
  std::function<void(ProbeAnswer)> probe;
  Counters counters = {};
  RequestId last_request = 0;
  bool draining = false;
  std::unordered_set<Session*> sessions = {};
};

/// One client's connection: its requests one after the other, each relayed to an instance and back while it
/// comes. Two pumps, up and down, read only when what they have was written. Reading from the client never
/// stops while there is room, so that its going away is seen, which cancels the request.
class Session final : public std::enable_shared_from_this<Session>, private Waiter {
 public:
  Session(Shared& shared, boost::asio::ip::tcp::socket client, std::string client_address);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  void start();
  /// Ends what has taken too long.
  void check(Clock::time_point now);
  /// Ends now when no request is under way, otherwise after it.
  void drain();
  /// Ends now.
  void abort();

 private:
  enum class State : std::uint8_t {
    kHead,        ///< between requests, or a head is coming
    kProbe,       ///< a readiness probe is being made
    kWaiting,     ///< for an endpoint
    kConnecting,  ///< to the instance
    kRelaying,    ///< the request up, the response down
    kTunnel,      ///< after 101: bytes both ways
    kAnswering,   ///< a response of our own is being written
    kClosing,     ///< all is said; what still comes is thrown away until the client closes
    kClosed,
  };

  void read_client();
  void client_data();
  void client_gone();
  void read_head();
  void begin_exchange();
  void acquire();
  void granted(const Endpoint& endpoint) override;
  void refused(const Refusal& refusal) override;
  void lost() override;
  void answer(unsigned status, std::string_view reason);
  void count_end(unsigned status);
  void next_request();
  void linger();
  void close();
  bool exchanging() const { return state_ >= State::kProbe && state_ <= State::kTunnel; }
  void enter(State state, std::chrono::milliseconds limit);

  void connect(const Endpoint& endpoint);
  void connected();
  void look_for_upstream(Clock::time_point now);
  void unreachable();
  void fail(unsigned status, std::string_view reason, Outcome outcome);
  std::chrono::milliseconds patience() const;
  void progressed();
  bool response_came() const;
  void overdue();
  void leave_upstream();
  void release(Outcome outcome);
  bool pump_up();
  bool feed_up();
  bool write_up();
  void upload_failed();
  void read_upstream();
  void upstream_closed(const boost::system::error_code& how);
  void pump_down();
  bool feed_down();
  bool write_down();
  void start_response();
  void finish_exchange();
  void pump_tunnel();
  void end_tunnel();

  Shared& shared_;
  boost::asio::ip::tcp::socket client_;
  std::string client_address_;
  std::shared_ptr<Session>
      self_;  ///< while it is open: a session that only waits has no operation to hold it
  State state_ = State::kHead;
  Clock::time_point deadline_{};
  RequestHead head_;
  std::optional<RequestRelay> request_;
  std::optional<ResponseRelay> response_;
  std::string up_;    ///< to the instance; not written yet from up_done_ on
  std::string down_;  ///< to the client; not written yet from down_done_ on
  std::size_t up_done_ = 0;
  std::size_t down_done_ = 0;
  std::unique_ptr<Upstream> upstream_;
  std::uint64_t exchange_ = 0;  ///< changes with upstream_: a late handler of an older one does nothing
  RequestId id_ = 0;
  unsigned attempts_ = 0;
  bool sent_any_ = false;       ///< something of the request was written to the instance
  bool upload_failed_ = false;  ///< the instance takes no more of it
  bool upstream_lost_ = false;  ///< the instance is gone: its connection is not kept
  bool reading_client_ = false;
  bool reading_upstream_ = false;
  bool writing_up_ = false;
  bool writing_down_ = false;
  bool keep_ = true;  ///< the client's connection, after an answer of our own
  bool in_head_ = false;
  ReadBuffer client_in_;
};

}  // namespace faastax::gateway
