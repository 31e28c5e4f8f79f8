// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "agent/base/result.hpp"
#include "agent/http/endpoint.hpp"
#include "agent/http/tls.hpp"
#include "collector/ingest/committer.hpp"
#include "collector/ingest/stream_observer.hpp"

namespace faastax::collector {

struct IngestOptions {
  http::Endpoint endpoint = {};
  http::TlsFiles tls = {};  ///< no certificate: clear text. Read again when they change
  std::uint32_t max_streams = 10'000;
};

/// Takes records of agents over gRPC (proto/collector.proto), on gRPC's own threads.
class IngestServer {
 public:
  /// The error is one line that names address and port, and what to do.
  static base::Result<std::unique_ptr<IngestServer>> start(const IngestOptions& options, Committer& committer,
                                                           StreamObserver& observer);
  ~IngestServer();
  IngestServer(const IngestServer&) = delete;
  IngestServer& operator=(const IngestServer&) = delete;

  std::uint16_t port() const;
  std::size_t streams() const;

  /// No batch is taken any more; returns when those that were have been answered, or after `patience`.
  void finish(std::chrono::milliseconds patience);

 private:
  class Parts;
  explicit IngestServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace faastax::collector
