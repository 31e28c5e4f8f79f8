// SPDX-License-Identifier: Apache-2.0
#include "collector/ingest/ingest_server.hpp"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include "collector/ingest/record_stream.hpp"
#include "collector/ingest/streams.hpp"
#include "proto/collector.grpc.pb.h"

namespace faastax::collector {
namespace {

namespace tls = grpc::experimental;

// 100 records of 40 KiB; a usual one has about one.
constexpr int kMaxBatchBytes = 4 << 20;
constexpr unsigned kLookAtFilesSeconds = 1;
constexpr int kKeepaliveMs = 60'000;  // finds agents that vanished
constexpr int kLeastPingMs = 10'000;

/// Takes the bytes as they come: what waits for room is smaller so than as messages.
using Raw = v1::Collector::WithRawCallbackMethod_Send<v1::Collector::Service>;

class RecordService final : public Raw {
 public:
  RecordService(Committer& committer, Streams& streams, StreamObserver& observer)
      : committer_(committer), streams_(streams), observer_(observer) {}

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Send(grpc::CallbackServerContext*) override {
    return new RecordStream(committer_, streams_, *pool_, observer_);  // deletes itself: gRPC's way
  }

 private:
  Committer& committer_;
  Streams& streams_;
  std::shared_ptr<BatchPool> pool_ = std::make_shared<BatchPool>();
  StreamObserver& observer_;
};

std::shared_ptr<grpc::ServerCredentials> credentials(const http::TlsFiles& files) {
  if (files.certificate.empty()) return grpc::InsecureServerCredentials();
  auto provider = std::make_shared<tls::FileWatcherCertificateProvider>(
      files.key.string(), files.certificate.string(), files.client_ca.string(), kLookAtFilesSeconds);
  tls::TlsServerCredentialsOptions options(std::move(provider));
  options.watch_identity_key_cert_pairs();
  if (!files.client_ca.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return tls::TlsServerCredentials(options);
}

void set_arguments(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxBatchBytes);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kLeastPingMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // Else what a connection may send before it is read grows with its speed, times all agents.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  // A usual batch in one frame instead of eight.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_FRAME_SIZE, 1 << 20);
}

}  // namespace

class IngestServer::Parts {
 public:
  Parts(const IngestOptions& options, Committer& committer, StreamObserver& observer)
      : streams_(options.max_streams), service_(committer, streams_, observer) {}
  ~Parts() {
    if (server_) server_->Shutdown(std::chrono::system_clock::now());
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  base::Result<void> listen(const IngestOptions& options) {
    if (!options.tls.certificate.empty()) {  // gRPC would only fail each handshake
      if (const auto loaded = http::load_tls(options.tls); !loaded) return base::failure(loaded.error());
    }
    grpc::ServerBuilder builder;
    set_arguments(builder);
    builder.AddListeningPort(to_string(options.endpoint), credentials(options.tls), &port_);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    if (server_ != nullptr && port_ != 0) return {};
    return base::failure(fmt::format(
        "cannot listen for agents on {}: the port is in use, or this machine has no such address (`listen`)",
        to_string(options.endpoint)));
  }

  int port() const { return port_; }
  Streams& streams() { return streams_; }

 private:
  Streams streams_;
  RecordService service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

IngestServer::IngestServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
IngestServer::~IngestServer() = default;

base::Result<std::unique_ptr<IngestServer>> IngestServer::start(const IngestOptions& options,
                                                                Committer& committer,
                                                                StreamObserver& observer) {
  auto parts = std::make_unique<Parts>(options, committer, observer);
  if (const auto listening = parts->listen(options); !listening) return base::failure(listening.error());
  return std::unique_ptr<IngestServer>(new IngestServer(std::move(parts)));
}

std::uint16_t IngestServer::port() const { return static_cast<std::uint16_t>(parts_->port()); }
std::size_t IngestServer::streams() const { return parts_->streams().count(); }
void IngestServer::finish(std::chrono::milliseconds patience) { parts_->streams().finish(patience); }

}  // namespace faastax::collector
