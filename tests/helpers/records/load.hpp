// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "tests/helpers/records/target.hpp"

namespace faastax::test {

struct LoadOptions {
  Target target = {};
  std::uint32_t agents = 1;
  std::uint32_t batch = 100;
  double rate = 0;  ///< records per second of all agents; 0: as fast as they are acknowledged
  double seconds = 10;
  std::string name = "node";                ///< node names begin with it
  std::filesystem::path acknowledged = {};  ///< the uids of acknowledged records go there, a line each
  double grace_seconds = 60;                ///< at the end, for what is not acknowledged yet
};

/// Plays the agents, then prints one line of JSON. Fails when something is not acknowledged in the end.
bool play(const LoadOptions& options);

/// Sends each line of standard input, a RecordBatch in JSON, as it comes, and prints the acknowledgement of
/// each as JSON; in the end the stream's status. `count` batches may be without an answer at a time.
bool replay(const Target& target);

}  // namespace faastax::test
