// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agent/http/message.hpp"

namespace faastax::http {

/// Is called for GET and HEAD; the body of an answer to HEAD is not sent.
using Handler = std::function<Response(const Request&)>;

/// Answers a request: once, now or later, from any thread.
using Respond = std::function<void(Response)>;

/// What takes a POST.
struct Inbox {
  std::uint64_t max_body_bytes = 0;  ///< more is a 413
  /// Sees the request before its body is read: what to refuse it with, if anything.
  std::function<std::optional<Response>(const Request&)> refuse;
  std::function<void(Request&&, Respond)> take;
};

/// Which handler answers which path. Pure.
class Router {
 public:
  void add(std::string path, Handler handler);
  void add(std::string path, Inbox inbox);

  /// Of GET, HEAD and what is not allowed. 404 for an unknown path, 405 for another method, 500 if the
  /// handler throws. The query is not part of the path.
  Response answer(const Request& request) const;

  /// What takes a POST to this target; nullptr: nothing does.
  const Inbox* inbox(std::string_view target) const;

 private:
  std::map<std::string, Handler, std::less<>> handlers_;
  std::map<std::string, Inbox, std::less<>> inboxes_;
};

}  // namespace faastax::http
