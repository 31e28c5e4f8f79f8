// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace faastax::gateway {

/// What a router has for one function right now, and how often it was decided on.
struct FunctionLoad {
  struct OfTrack {
    std::string_view track;       ///< "regular", "emergency", or "unknown" where nobody says
    std::size_t instances = 0;    ///< that start, serve or are being removed
    std::uint64_t decisions = 0;  ///< of scaling, since the beginning
  };
  std::string space;
  std::string function;       ///< empty: everything that has no route of its own
  std::size_t in_flight = 0;  ///< requests that an instance has
  std::size_t waiting = 0;    ///< requests that no instance has yet
  std::vector<OfTrack> tracks;
};

/// In Prometheus' text format.
std::string exposition(const std::vector<FunctionLoad>& functions);

}  // namespace faastax::gateway
