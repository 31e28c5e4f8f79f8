// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "controlplane/policy/policy.hpp"

/// What a Dispatcher asks of its caller.
namespace faastax::policy {

/// Numbers the scaling decisions of one control plane from 1; 0: none.
using DecisionId = std::uint64_t;

/// A decision was taken: for the record. The starts and removals that it causes carry its number.
struct Decided {
  DecisionId decision = 0;
  FunctionId function = 0;
  Track track = Track::kRegular;
  std::size_t from = 0;  ///< instances of that function and track that it had or was promised
  std::size_t to = 0;
  std::string reason;
};
/// Begin to start this instance; answer with instance_ready() or instance_failed().
struct Launch {
  InstanceId instance = 0;
  FunctionId function = 0;
  std::string reason;
  Track track = Track::kRegular;
  DecisionId decision = 0;
  bool repair = false;  ///< replaces one that was lost; `decision` is what wanted that one
};
/// Send the request to the instance; answer with request_ended(). `cold`: it waited for this very start.
struct Send {
  RequestId request = 0;
  InstanceId instance = 0;
  bool cold = false;
  Track track = Track::kRegular;
};
/// Stop and remove the instance; answer with instance_gone().
struct Remove {
  InstanceId instance = 0;
  std::string reason;
  DecisionId decision = 0;  ///< 0: no scaling decision asked for it
};
/// The request can not be served.
struct Refuse {
  RequestId request = 0;
  std::string reason;
};
using Action = std::variant<Launch, Send, Remove, Refuse, Decided>;
using Actions = std::vector<Action>;

}  // namespace faastax::policy
