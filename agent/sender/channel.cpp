// SPDX-License-Identifier: Apache-2.0
#include "agent/sender/channel.hpp"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <cerrno>
#include <fstream>
#include <iterator>

namespace faastax::sender {
namespace {

constexpr int kConnectMilliseconds = 10'000;

base::Result<std::string> read_file(const std::filesystem::path& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path);
  if (!file) return base::failure("cannot read " + path.string(), errno);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

base::Result<std::shared_ptr<grpc::ChannelCredentials>> credentials(const CollectorAddress& address) {
  if (!uses_tls(address)) return grpc::InsecureChannelCredentials();
  const auto authority = read_file(address.authority);
  if (!authority) return base::failure(authority.error());
  const auto key = read_file(address.key);
  if (!key) return base::failure(key.error());
  const auto certificate = read_file(address.certificate);
  if (!certificate) return base::failure(certificate.error());
  return grpc::SslCredentials({*authority, *key, *certificate});
}

}  // namespace

base::Result<std::shared_ptr<grpc::Channel>> open_channel(const CollectorAddress& address) {
  auto with = credentials(address);
  if (!with) return base::failure(with.error());
  grpc::ChannelArguments arguments;
  // Each channel has a connection of its own, and an attempt of its own: when to try again is decided here.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectMilliseconds);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetString(GRPC_ARG_SERVICE_CONFIG, "{}");
  return grpc::CreateCustomChannel(address.target, *with, arguments);
}

}  // namespace faastax::sender
