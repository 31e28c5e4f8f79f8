// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>

/// What starts and stops instances for a gateway, whichever way: a cluster manager, an emergency agent, an
/// OCI runtime's command line. Asynchronous; a back-end may be in this process or behind a socket
/// (remote_backend.hpp, backend_server.hpp).
namespace faastax::sandbox {

/// What instance is wanted.
struct InstanceSpec {
  std::string space;  ///< namespace of the function
  std::string function;
  std::string instance;  ///< unique while it lives; the leaf name of its cgroup where the back-end can choose
  std::uint64_t memory_limit_bytes = 0;  ///< 0: none
  double cpu_limit_cores = 0;            ///< 0: none
  std::uint32_t concurrency = 1;         ///< requests at a time that a sidecar lets through; 0: any number
  std::string policy = {};               ///< who decided, for labels and events; may be empty
  std::string decision = {};             ///< that decision's id; may be empty

  friend bool operator==(const InstanceSpec&, const InstanceSpec&) = default;
};

/// It listens, and takes requests at this address until it is gone.
struct InstanceReady {
  std::string instance;
  std::string address;  ///< IPv4, to be reached from this node
  std::uint16_t port = 0;
  std::string network;  ///< file of the network namespace to connect from; empty: from the caller's own
  std::string node;     ///< where it was placed

  friend bool operator==(const InstanceReady&, const InstanceReady&) = default;
};

/// It was never ready and nothing of it is left.
struct InstanceFailed {
  std::string instance;
  std::string reason;

  friend bool operator==(const InstanceFailed&, const InstanceFailed&) = default;
};

/// The reason of an end that was asked for.
inline constexpr std::string_view kStopped = "stopped";

/// It was ready and nothing of it is left, except what is said to be in `reason`.
struct InstanceGone {
  std::string instance;
  std::string reason;  ///< "stopped" when it was asked for, else what happened

  friend bool operator==(const InstanceGone&, const InstanceGone&) = default;
};

using InstanceEvent = std::variant<InstanceReady, InstanceFailed, InstanceGone>;
using InstanceListener = std::function<void(const InstanceEvent&)>;

/// Every start() is answered by InstanceFailed, or by InstanceReady and, at some time later, InstanceGone.
/// All calls and events are on the thread of the back-end's io_context; no event comes from inside a call.
class Backend {
 public:
  virtual ~Backend() = default;

  /// Who hears the events; to be set before the first start.
  virtual void listen(InstanceListener listener) = 0;

  /// Instances of this function will be wanted: whatever can be made ready before, is. `instance` means
  /// nothing.
  virtual void prepare(const InstanceSpec& spec) = 0;

  virtual void start(const InstanceSpec& spec) = 0;

  /// Removes an instance, ready or still starting (then InstanceFailed follows). Of one that is not known
  /// there is no answer.
  virtual void stop(const std::string& instance) = 0;
};

}  // namespace faastax::sandbox
