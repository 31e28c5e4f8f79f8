// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "controlplane/sandbox/fd.hpp"

namespace faastax::sandbox {

/// What sandbox is wanted.
struct SandboxSpec {
  std::string space;  ///< namespace of the function
  std::string function;
  std::string instance;  ///< container id; unique while it lives
  std::uint64_t memory_limit_bytes = 0;
};

/// One sandbox that was started. Destroying the object ends its process; SandboxDriver::stop() removes all.
class Sandbox {
 public:
  virtual ~Sandbox() = default;

  /// A blocking TCP connection to the function inside; waits until it listens. Thread-safe.
  virtual std::expected<Fd, std::string> connect() = 0;

  /// Where connect() connects to.
  struct Place {
    std::string network;  ///< file of its network namespace
    std::string address;  ///< IPv4, inside that
    std::uint16_t port = 0;
  };
  virtual Place place() const = 0;
};

/// Makes and removes sandboxes. The calls block, and may come from several threads at once.
class SandboxDriver {
 public:
  virtual ~SandboxDriver() = default;

  /// When it fails nothing of the sandbox is left.
  virtual std::expected<std::unique_ptr<Sandbox>, std::string> start(const SandboxSpec& spec) = 0;

  /// Stops the sandbox and removes all of it, whatever happens; the error says what went wrong meanwhile.
  virtual std::expected<void, std::string> stop(std::unique_ptr<Sandbox> sandbox) = 0;
};

}  // namespace faastax::sandbox
