// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace faastax::http {

enum class Method : std::uint8_t { kGet, kHead, kOther };

struct Request {
  Method method = Method::kGet;
  std::string target;  ///< path, with the query if there is one
  std::string peer;    ///< address of who asks, without the port
  std::string user_agent;
};

struct Response {
  unsigned status = 200;
  std::string body = {};
  std::string content_type = "text/plain; charset=utf-8";
  std::string allow = {};  ///< for 405: what is allowed
};

}  // namespace faastax::http
