// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>

#include "agent/http/endpoint.hpp"
#include "controlplane/events/delivery.hpp"
#include "controlplane/policy/registry.hpp"
#include "controlplane/trace/workload.hpp"

namespace faastax::lab {

/// As policy::choose_policy(); where the user does not say how many requests an instance takes at once, it is
/// one, as in this lab.
std::expected<policy::PolicyChoice, std::string> choose_policy(std::string_view text,
                                                               std::span<const std::string> settings);

/// The namespace of all functions.
inline constexpr const char* kLabSpace = "lab";

/// A keep-alive of a minute.
policy::PolicyChoice default_policy();

/// What makes regular instances.
enum class Manager {
  kOci,  ///< an OCI runtime's command line, a process for each call
  kCri,  ///< the cluster manager: pods of a container runtime
};

/// One run of the lab, as it is asked for.
struct LabConfig {
  std::filesystem::path trace_folder;
  trace::Selection selection;
  Manager manager = Manager::kOci;
  std::string runtime = "crun";                    ///< "crun" or "runc", of kOci
  std::filesystem::path cri_socket;                ///< of kCri; empty: a containerd of the lab's own
  bool sidecar = false;                            ///< of kCri: a queue-proxy beside each function
  policy::PolicyChoice policy = default_policy();  ///< its time constants are in the trace's time
  /// First part of the window, in the trace's time, that is replayed but not counted.
  std::chrono::nanoseconds warmup{};
  int nodes = 1;  ///< of the emergency track
  std::size_t max_instances = 64;
  std::optional<http::Endpoint> gateway_admin;  ///< where the gateway's metrics are served
  std::filesystem::path state_folder = "/run/faastax-lab";
  events::DeliveryOptions events = {};  ///< where scaling events go; nowhere by default
};

/// What that run will do.
struct LabPlan {
  LabConfig config;
  trace::Workload workload;

  /// When the counting begins, after the start.
  std::chrono::nanoseconds warm_at() const;
};

struct PlanError {
  std::string what;
  bool selection = false;  ///< the trace is well, but has no such part
};

/// Reads the trace and expands it. Starts nothing.
std::expected<LabPlan, PlanError> plan_lab(const LabConfig& config);

/// What makes the sandboxes, for people: "crun", "runc" or "containerd".
std::string runtime_name(const LabConfig& config);

/// The trace that comes with the project.
std::filesystem::path example_trace();

}  // namespace faastax::lab
