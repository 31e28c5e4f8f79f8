// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agent/base/result.hpp"
#include "agent/http/server.hpp"
#include "collector/config/collector_config.hpp"
#include "collector/events/credential_watch.hpp"
#include "collector/events/event_inbox.hpp"
#include "collector/ingest/committer.hpp"
#include "collector/ingest/ingest_server.hpp"
#include "collector/metrics/collector_metrics.hpp"
#include "collector/store/store.hpp"

namespace faastax::collector {

/// The daemon: what agents and control planes send goes into the store, and each is told when it is there.
class Collector {
 public:
  /// Opens the store and listens. The error is one line that says what to do.
  static base::Result<std::unique_ptr<Collector>> start(const CollectorConfig& config,
                                                        std::string_view version);

  /// Answers for all that has been taken, then ends. What a store that is unavailable does not take is not
  /// acknowledged: agents and control planes send it again.
  void finish();

  /// To be called every second or so while it runs: tells of changed credentials that cannot be used.
  void look_at_credentials() { credentials_.look(); }

  /// What the log says once it is there.
  std::string start_line(std::string_view version) const;

 private:
  Collector(const CollectorConfig& config, std::unique_ptr<store::Store> store,
            std::optional<BearerToken> token, std::string_view version);

  base::Result<void> listen();
  http::Router routes();

  const CollectorConfig config_;
  std::unique_ptr<store::Store> store_;
  CollectorMetrics metrics_;
  CredentialWatch credentials_;
  Committer committer_;  ///< after what it writes to
  EventInbox inbox_;
  std::unique_ptr<IngestServer> ingest_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace faastax::collector
