// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace faastax::sender {

/// How the sending of records goes.
struct SenderStatus {
  bool known = false;               ///< the spool was looked at: before, nothing here means anything
  std::uint64_t stored = 0;         ///< acknowledged since the start
  std::uint64_t refused = 0;        ///< by the collector, for good
  std::uint64_t lost = 0;           ///< since the spool was made
  std::uint64_t lost_before = 0;    ///< of these, before the start
  std::uint64_t waiting = 0;        ///< records in the spool
  std::uint64_t spool_bytes = 0;    ///< of its files
  bool connected = false;           ///< the collector has answered on this stream
  std::string spool_problem = {};   ///< empty: all is well
  std::string stream_problem = {};  ///< why the last stream ended; empty once one works
};

}  // namespace faastax::sender
