// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <grpcpp/channel.h>

#include <filesystem>
#include <memory>
#include <string>

namespace faastax::test {

/// Where the collector is, and how to prove who one is.
struct Target {
  std::string address;
  std::filesystem::path ca = {};  ///< empty: clear text
  std::filesystem::path certificate = {};
  std::filesystem::path key = {};
};

/// A connection of its own, however many there are to the same address.
std::shared_ptr<grpc::Channel> connect(const Target& target);

}  // namespace faastax::test
