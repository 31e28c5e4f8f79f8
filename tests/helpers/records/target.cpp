// SPDX-License-Identifier: Apache-2.0
#include "tests/helpers/records/target.hpp"

#include <grpcpp/grpcpp.h>

#include <fstream>
#include <iterator>

namespace faastax::test {
namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

std::shared_ptr<grpc::Channel> connect(const Target& target) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 500);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);
  auto credentials = grpc::InsecureChannelCredentials();
  if (!target.ca.empty()) {
    credentials =
        grpc::SslCredentials({text_of(target.ca), text_of(target.key), text_of(target.certificate)});
  }
  return grpc::CreateCustomChannel(target.address, credentials, arguments);
}

}  // namespace faastax::test
