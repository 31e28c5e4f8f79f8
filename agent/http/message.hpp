// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace faastax::http {

enum class Method : std::uint8_t { kGet, kHead, kPost, kOther };

struct Request {
  Method method = Method::kGet;
  std::string target;  ///< path, with the query if there is one
  std::string peer;    ///< address of who asks, without the port
  std::string user_agent;
  /// By name in lower case; of a POST alone. Of a header that came twice the first counts.
  std::map<std::string, std::string, std::less<>> headers = {};
  std::string body = {};
};

struct Response {
  unsigned status = 200;
  std::string body = {};
  std::string content_type = "text/plain; charset=utf-8";
  std::string allow = {};                 ///< for 405: what is allowed
  std::string authenticate = {};          ///< for 401: the scheme
  std::uint32_t retry_after_seconds = 0;  ///< for 503; 0: nothing is said
};

}  // namespace faastax::http
