// SPDX-License-Identifier: Apache-2.0
#include "agent/http/router.hpp"

#include <exception>
#include <string_view>
#include <utility>

namespace faastax::http {

void Router::add(std::string path, Handler handler) { handlers_[std::move(path)] = std::move(handler); }

Response Router::answer(const Request& request) const {
  const std::string_view target = request.target;
  const auto handler = handlers_.find(target.substr(0, target.find('?')));
  if (handler == handlers_.end()) return {.status = 404, .body = "not found\n"};
  if (request.method == Method::kOther) {
    return {.status = 405, .body = "method not allowed\n", .allow = "GET, HEAD"};
  }
  try {
    return handler->second(request);
  } catch (const std::exception& error) {
    return {.status = 500, .body = std::string(error.what()) + "\n"};
  }
}

}  // namespace faastax::http
