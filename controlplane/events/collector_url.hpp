// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "agent/base/result.hpp"

namespace faastax::events {

/// Where a collector takes events.
struct CollectorUrl {
  std::string host;  ///< a name or an address, without brackets
  std::string port;
  std::string path;
  bool operator==(const CollectorUrl&) const = default;
};

/// "http://HOST[:PORT][/PATH]"; the path is /v1/events where none is given.
base::Result<CollectorUrl> parse_collector_url(std::string_view text);

}  // namespace faastax::events
