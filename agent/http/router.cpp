// SPDX-License-Identifier: Apache-2.0
#include "agent/http/router.hpp"

#include <exception>
#include <utility>

namespace faastax::http {
namespace {

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

}  // namespace

void Router::add(std::string path, Handler handler) { handlers_[std::move(path)] = std::move(handler); }

void Router::add(std::string path, Inbox inbox) { inboxes_[std::move(path)] = std::move(inbox); }

const Inbox* Router::inbox(std::string_view target) const {
  const auto found = inboxes_.find(path_of(target));
  return found == inboxes_.end() ? nullptr : &found->second;
}

Response Router::answer(const Request& request) const {
  const auto handler = handlers_.find(path_of(request.target));
  if (handler == handlers_.end()) {
    if (inbox(request.target) == nullptr) return {.status = 404, .body = "not found\n"};
    return {.status = 405, .body = "method not allowed\n", .allow = "POST"};
  }
  if (request.method != Method::kGet && request.method != Method::kHead) {
    return {.status = 405, .body = "method not allowed\n", .allow = "GET, HEAD"};
  }
  try {
    return handler->second(request);
  } catch (const std::exception& error) {
    return {.status = 500, .body = std::string(error.what()) + "\n"};
  }
}

}  // namespace faastax::http
