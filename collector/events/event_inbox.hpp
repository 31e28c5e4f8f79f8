// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "agent/http/router.hpp"
#include "collector/events/bearer_token.hpp"
#include "collector/ingest/committer.hpp"

namespace faastax::collector {

/// What became of a request with events.
enum class Delivery : std::uint8_t {
  kStored,
  kMalformed,     ///< 400
  kUnauthorized,  ///< 401
  kDeferred,      ///< 503: to be sent again
};
inline constexpr std::size_t kDeliveries = 4;
std::string_view name_of(Delivery delivery);

/// Is told of each, on any thread.
using DeliveryObserver = std::function<void(Delivery)>;

/// Takes POST /v1/events: CloudEvents in structured, batched and binary mode. 200 once all are durable
/// (stored before counts as stored), 400 with one line if one of them cannot be read or be (then none is
/// stored), 401 without the token, 413 for too large a body, 503 with Retry-After while the store is
/// unavailable or behind.
class EventInbox {
 public:
  /// No token: none is asked for.
  EventInbox(Committer& committer, std::optional<BearerToken> token, DeliveryObserver observer);

  /// The inbox for a router; this must outlive it.
  http::Inbox inbox(std::uint64_t max_body_bytes);

 private:
  std::optional<http::Response> refuse(const http::Request& request);
  void take(http::Request&& request, http::Respond respond);

  Committer& committer_;
  std::optional<BearerToken> token_;
  DeliveryObserver observer_;
};

}  // namespace faastax::collector
