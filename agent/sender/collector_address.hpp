// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "agent/base/result.hpp"

/// Where the collector is, and how to know that it is the right one. No gRPC here: the configuration has it.
namespace faastax::sender {

struct CollectorAddress {
  std::string target;  ///< "host:port"; empty: no collector
  /// Who has signed the collector's certificate; empty: who this system trusts.
  std::filesystem::path authority = {};
  /// What this agent shows, where the collector asks for it. Both or none.
  std::filesystem::path certificate = {};
  std::filesystem::path key = {};
  bool insecure = false;  ///< no TLS though it is on another machine

  bool operator==(const CollectorAddress&) const = default;
};

/// What is wrong with it as a whole, if anything.
std::optional<std::string> problem_of(const CollectorAddress& address);

/// What is wrong with "host:port", "1.2.3.4:port" or "[::1]:port", if anything.
std::optional<std::string> problem_of_target(const std::string& target);

/// Whether the connection is to be encrypted: unless the collector is on this machine and no authority is
/// named, or it was said so.
bool uses_tls(const CollectorAddress& address);

}  // namespace faastax::sender
