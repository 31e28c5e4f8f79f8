// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "controlplane/sandbox/backend.hpp"

/// How a gateway and a back-end in another process talk: JSON objects, one a line, over a unix stream socket.
/// Pure.
namespace faastax::sandbox {

struct PrepareMessage {
  InstanceSpec spec;
};
struct StartMessage {
  InstanceSpec spec;
};
struct StopMessage {
  std::string instance;
};
using BackendRequest = std::variant<PrepareMessage, StartMessage, StopMessage>;

/// A line with its end, from the gateway to the back-end.
std::string encode(const BackendRequest& request);
/// A line with its end, from the back-end to the gateway.
std::string encode(const InstanceEvent& event);

/// The error says what is wrong with the line. What is in a request are names (name.hpp).
std::expected<BackendRequest, std::string> decode_request(std::string_view line);
/// What to answer to a line that decode_request() refused for `reason`: absent unless it asks for a start, of
/// whatever name.
std::optional<InstanceFailed> refusal_of(std::string_view line, const std::string& reason);

std::expected<InstanceEvent, std::string> decode_event(std::string_view line);

/// No line is longer.
inline constexpr std::size_t kMaxLineBytes = 16 * 1024;

}  // namespace faastax::sandbox
