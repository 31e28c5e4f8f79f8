// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "agent/base/result.hpp"
#include "agent/config/agent_config.hpp"
#include "agent/daemon/failure_streak.hpp"
#include "agent/daemon/readiness.hpp"
#include "agent/engine/catalog.hpp"
#include "agent/engine/engine.hpp"
#include "agent/export/metrics_exporter.hpp"
#include "agent/http/server.hpp"
#include "agent/rules/rules.hpp"
#include "agent/sender/record_feed.hpp"
#include "ledger/ledger.hpp"

namespace faastax::daemon {

/// The daemon: books what the engine says, serves it as metrics and tells it to a collector. One thread
/// starts and runs it, and it alone touches engine and ledger; the server's thread sees only the exporter and
/// the readiness, the sender's only records.
class Agent {
 public:
  /// Listens first, so that nothing is attached when the port is taken; then attaches. The error is one
  /// line that says what to do.
  static base::Result<std::unique_ptr<Agent>> start(const config::AgentConfig& config,
                                                    std::string_view version);

  /// Books until `stop_fd` is readable. Fails when the kernel's tables cannot be read for ten seconds.
  base::Result<void> run(int stop_fd);

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  Agent(const config::AgentConfig& config, rules::Rules rules, ledger::NodeInfo node, bpf::CycleSource cycles,
        std::string_view version);

  base::Result<void> listen();
  base::Result<void> attach();
  base::Result<void> give_up_privileges();
  base::Result<void> step(TimePoint now);
  base::Result<void> take_in(TimePoint now);
  void publish();
  void start_feed(ledger::Nanoseconds born);
  void finish_feed();

  const config::AgentConfig config_;
  const std::string version_;
  const ledger::NodeInfo node_;
  const bpf::CycleSource cycles_;
  const rules::Rules rules_;
  const engine::RulesCatalog catalog_;
  Readiness readiness_;
  ledger::Ledger ledger_;
  exporting::MetricsExporter exporter_;
  std::unique_ptr<sender::RecordFeed> feed_;  ///< none without a collector
  std::unique_ptr<http::Server> server_;      ///< after what it shows
  std::unique_ptr<engine::Engine> engine_;    ///< after what it writes to
  TimePoint next_snapshot_{};
  FailureStreak failures_;
};

}  // namespace faastax::daemon
