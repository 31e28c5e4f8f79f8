// SPDX-License-Identifier: Apache-2.0
#include "controlplane/sandbox/bundle.hpp"

#include <nlohmann/json.hpp>

namespace faastax::sandbox {

std::string cgroup_path(const SandboxSpec& spec) {
  return std::string(kLabCgroup) + "/regular/" + spec.space + "." + spec.function + "/" + spec.instance;
}

std::string oci_config(const SandboxSpec& spec, const std::filesystem::path& root_fs) {
  using nlohmann::json;
  constexpr int kNobody = 65534;
  json namespaces = json::array();
  for (const char* type : {"pid", "network", "ipc", "uts", "mount"}) namespaces.push_back({{"type", type}});
  // /dev is a file system of its own: otherwise the runtime would make its devices in the shared root.
  const json mounts = {{{"destination", "/proc"},
                        {"type", "proc"},
                        {"source", "proc"},
                        {"options", {"nosuid", "noexec", "nodev"}}},
                       {{"destination", "/dev"},
                        {"type", "tmpfs"},
                        {"source", "tmpfs"},
                        {"options", {"nosuid", "strictatime", "mode=755", "size=64k"}}}};
  const json process = {{"terminal", false},
                        {"user", {{"uid", kNobody}, {"gid", kNobody}}},
                        {"args", {"/function"}},
                        {"env", {"PATH=/"}},
                        {"cwd", "/"},
                        {"noNewPrivileges", true}};
  const json config = {{"ociVersion", "1.0.2"},
                       {"process", process},
                       {"root", {{"path", root_fs.string()}, {"readonly", true}}},
                       {"hostname", spec.function},
                       {"mounts", mounts},
                       {"linux",
                        {{"namespaces", namespaces},
                         {"cgroupsPath", cgroup_path(spec)},
                         {"resources", {{"memory", {{"limit", spec.memory_limit_bytes}}}}}}}};
  return config.dump();
}

}  // namespace faastax::sandbox
