// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "controlplane/gateway/policy_router.hpp"
#include "proto/scaling_event.hpp"

namespace faastax::events {

struct RecorderOptions {
  struct Function {
    std::string space;  ///< namespace
    std::string name;
  };
  std::string source;               ///< of the events; names one run
  std::string policy;               ///< as the user gave it
  std::vector<Function> functions;  ///< by number
};

/// Turns what a PolicyRouter does into scaling events: decisions, each state of each instance, and requests
/// that were held. Ids are unique within the source.
class Recorder final : public gateway::PolicyObserver {
 public:
  using Sink = std::function<void(scaling::ScalingEvent)>;

  Recorder(RecorderOptions options, Sink sink);

  /// Tells what time it was when the router's time began; before anything happens.
  void begin(scaling::UnixTime begin) { begin_ = begin; }

  void decided(policy::Time now, const policy::Decided& decided) override;
  void launched(policy::Time now, const gateway::SeenInstance& instance) override;
  void ready(policy::Time now, const gateway::SeenInstance& instance, policy::Time waited) override;
  void failed(policy::Time now, const gateway::SeenInstance& instance, const std::string& reason) override;
  void stopping(policy::Time now, const gateway::SeenInstance& instance,
                const policy::Remove& remove) override;
  void gone(policy::Time now, const gateway::SeenInstance& instance, const std::string& reason) override;
  void sent(policy::FunctionId function, const gateway::Sent& sent, const std::string& instance) override;

 private:
  scaling::Subject subject(policy::FunctionId function, policy::Track track) const;
  scaling::Instance state(const gateway::SeenInstance& instance, scaling::State state) const;
  template <typename Data>
  void tell(policy::Time now, std::string id, Data data);
  std::string next_id(char kind);

  RecorderOptions options_;
  Sink sink_;
  scaling::UnixTime begin_{};
  std::uint64_t last_id_ = 0;
  std::map<policy::DecisionId, policy::Time> decided_at_;  ///< the latest kDecisionsKept
};

/// A source that no other run has: "lab/<time>-<random>".
std::string source_of_run(std::string_view kind, scaling::UnixTime now);

}  // namespace faastax::events
