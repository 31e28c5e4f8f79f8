// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace faastax::manager {

struct CriError {
  bool unavailable = false;  ///< the runtime was not reached, or went away meanwhile: nothing is known
  bool not_found = false;    ///< what the call is about is not there
  std::string text;
};
template <class Result>
using CriResult = std::expected<Result, CriError>;

struct PodConfig {
  std::string space;
  std::string name;
  std::string uid;  ///< of this pod and no other, in all times
  std::uint32_t attempt = 0;
  std::string hostname;
  std::string cgroup_parent;  ///< the pod's own cgroup: its containers' are made below
  std::map<std::string, std::string> labels;
};

struct ContainerConfig {
  std::string name;
  std::string image;
  std::vector<std::string> arguments;
  std::uint64_t memory_limit_bytes = 0;  ///< 0: none
  double cpu_limit_cores = 0;            ///< 0: none
};

struct ListedPod {
  std::string id;
  std::string space;
  std::string name;
  std::uint32_t attempt = 0;
  bool ready = false;  ///< its pause program runs
  std::map<std::string, std::string> labels;
};

struct ListedContainer {
  std::string id;
  std::string pod;
  bool running = false;
};

struct ContainerEnd {
  bool exited = false;
  int exit_code = 0;
  std::string reason;  ///< "OOMKilled", "Error", "Completed", …
};

struct TaskEnd {
  std::string container;  ///< or a pod's id, where its pause program ended
};

/// The calls to a container runtime's CRI socket. They block; any number of threads may make them. One that
/// finds the runtime away waits for it, as long as its limit allows.
class CriClient {
 public:
  explicit CriClient(const std::filesystem::path& socket);
  ~CriClient();

  bool wait_until_it_answers(std::chrono::milliseconds limit);

  CriResult<std::string> run_pod(const PodConfig& config);
  CriResult<std::string> pod_address(const std::string& pod);
  CriResult<std::string> create_container(const std::string& pod, const ContainerConfig& container,
                                          const PodConfig& config);
  CriResult<void> start_container(const std::string& container);
  /// SIGTERM, and SIGKILL after `grace`. One that has ended is no error.
  CriResult<void> stop_container(const std::string& container, std::chrono::seconds grace);
  /// One that is not there is no error.
  CriResult<void> stop_pod(const std::string& pod);
  /// With its containers; the same.
  CriResult<void> remove_pod(const std::string& pod);
  /// Those that have this label, or all where it is empty.
  CriResult<std::vector<ListedPod>> list_pods(const std::string& label, const std::string& value);
  CriResult<std::vector<ListedContainer>> list_containers(const std::string& label, const std::string& value);
  CriResult<ContainerEnd> container_status(const std::string& container);

  /// Tells of every task that ends, until the runtime goes away or stop_watching(). `connected` is called
  /// once events come.
  void watch(const std::function<void()>& connected, const std::function<void(const TaskEnd&)>& ended);
  void stop_watching();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace faastax::manager
