// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>

#include "agent/http/message.hpp"

namespace faastax::http {

/// Is called for GET and HEAD; the body of an answer to HEAD is not sent.
using Handler = std::function<Response(const Request&)>;

/// Which handler answers which path. Pure.
class Router {
 public:
  void add(std::string path, Handler handler);

  /// 404 for an unknown path, 405 for another method, 500 if the handler throws. The query is not part
  /// of the path.
  Response answer(const Request& request) const;

 private:
  std::map<std::string, Handler, std::less<>> handlers_;
};

}  // namespace faastax::http
