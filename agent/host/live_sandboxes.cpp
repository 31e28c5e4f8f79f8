// SPDX-License-Identifier: Apache-2.0
#include "agent/host/live_sandboxes.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "agent/host/sockets.hpp"

namespace faastax::host {
namespace {

using ledger::Phase;
using Members = std::map<std::string, std::vector<const ProcessInfo*>, std::less<>>;  ///< by cgroup path

constexpr std::string_view kPause = "pause";  // what holds a pod's namespaces; it runs no user's program

std::string_view parent_of(std::string_view path) { return path.substr(0, path.find_last_of('/')); }

bool is_below(std::string_view path, std::string_view root) {
  return path.size() > root.size() && path.starts_with(root) && path[root.size()] == '/';
}

Members members_by_cgroup(const std::vector<ProcessInfo>& processes) {
  constexpr char kZombie = 'Z';
  Members members;
  for (const ProcessInfo& process : processes) {
    if (!process.kernel_thread && process.state != kZombie) members[process.cgroup_path].push_back(&process);
  }
  for (auto& [path, list] : members) {
    std::ranges::sort(list, {}, [](const ProcessInfo* one) { return std::pair(one->started_ns, one->pid); });
  }
  return members;
}

/// A container that no rule knows. The root cgroup and a session with a stray `unshare` are none: they
/// hold processes of the node's own PID namespace too.
bool looks_like_container(std::string_view path, const Members& members) {
  const auto found = members.find(path);
  if (path == "/" || found == members.end()) return false;
  const auto& list = found->second;
  return std::ranges::all_of(list, [](const ProcessInfo* one) { return one->pid_namespaces > 1; }) &&
         std::ranges::any_of(list, &ProcessInfo::is_nested_init);
}

class Finder {
 public:
  Finder(const rules::Rules& rules, const Members& members) : rules_(rules), members_(members) {}

  /// Parents come before children.
  void add(const CgroupEntry& cgroup) {
    if (const auto enclosing = rules_.sandbox_of(cgroup.path)) return place(cgroup, *enclosing);
    if (const auto outer = found_above(cgroup.path)) {
      found_.at(*outer).parts.push_back(cgroup);
    } else if (looks_like_container(cgroup.path, members_)) {
      const std::string leaf = cgroup.path.substr(cgroup.path.find_last_of('/') + 1);
      place(cgroup, {.root = cgroup.path, .identity = {.sandbox = leaf}});
    }
  }

  std::vector<LiveSandbox> finish() {
    std::vector<LiveSandbox> sandboxes;
    for (auto& [path, sandbox] : found_) {
      if (!is_node(path)) sandboxes.push_back(std::move(sandbox));
    }
    return sandboxes;
  }

 private:
  void place(const CgroupEntry& cgroup, const rules::EnclosingSandbox& enclosing) {
    if (cgroup.path == enclosing.root) {
      found_[cgroup.path] = {.identity = enclosing.identity, .cgroup = cgroup};
    } else if (const auto root = found_.find(enclosing.root); root != found_.end()) {
      root->second.parts.push_back(cgroup);
    }
  }

  std::optional<std::string> found_above(std::string_view path) const {
    for (path = parent_of(path); !path.empty(); path = parent_of(path)) {
      if (found_.contains(path)) return std::string(path);
    }
    return std::nullopt;
  }

  /// A container with pods in it is a node (kind), not an instance.
  bool is_node(std::string_view path) const {
    return std::ranges::any_of(found_, [path](const auto& other) {
      return other.second.identity.is_pod && is_below(other.first, path);
    });
  }

  const rules::Rules& rules_;
  const Members& members_;
  std::map<std::string, LiveSandbox, std::less<>> found_;
};

bool is_sidecar(const rules::Rules& rules, const ProcessInfo& process) {
  return rules.program_of(process.comm).activity == ledger::Activity::kRoute;
}

std::vector<const ProcessInfo*> processes_of(const LiveSandbox& sandbox, const Members& members) {
  std::vector<const ProcessInfo*> all;
  const auto add = [&](const std::string& path) {
    if (const auto found = members.find(path); found != members.end()) {
      all.insert(all.end(), found->second.begin(), found->second.end());
    }
  };
  add(sandbox.cgroup.path);
  for (const CgroupEntry& part : sandbox.parts) add(part.path);
  std::ranges::stable_sort(all, {}, &ProcessInfo::started_ns);
  return all;
}

const ProcessInfo* main_of(const rules::Rules& rules, const std::vector<const ProcessInfo*>& processes) {
  const auto own = [&rules](const ProcessInfo* one) {
    return one->comm != kPause && !is_sidecar(rules, *one);
  };
  const auto first_of = [&](auto fits) -> const ProcessInfo* {
    const auto found = std::ranges::find_if(processes, fits);
    return found == processes.end() ? nullptr : *found;
  };
  if (const auto* main = first_of([&](auto* one) { return own(one) && one->is_nested_init(); })) return main;
  if (const auto* main = first_of(own)) return main;
  return processes.empty() ? nullptr : processes.front();
}

/// A pod's memory cgroup is the one above its containers'; on hybrid nodes in another hierarchy.
std::string memory_path_of(const LiveSandbox& sandbox, const ProcessInfo& main) {
  const bool in_container = main.cgroup_path != sandbox.cgroup.path;
  if (!sandbox.identity.is_pod || !in_container) return main.memory_path;
  std::string_view path = main.memory_path;
  const std::string_view below = std::string_view(main.cgroup_path).substr(sandbox.cgroup.path.size());
  if (path.ends_with(below)) path.remove_suffix(below.size());
  return std::string(path);
}

void describe(LiveSandbox& sandbox, const rules::Rules& rules, const Members& members, const Roots& roots) {
  const auto processes = processes_of(sandbox, members);
  std::vector<pid_t> may_listen;
  for (const ProcessInfo* process : processes) {
    sandbox.pids.push_back(process->pid);
    if (!is_sidecar(rules, *process)) may_listen.push_back(process->pid);
  }
  const ProcessInfo* main = main_of(rules, processes);
  if (main == nullptr) return;
  sandbox.main_pid = main->pid;
  sandbox.memory_path = memory_path_of(sandbox, *main);
  if (rules.program_of(main->comm).program == ledger::Program::kRuntime) return;
  const auto listeners = listeners_of(roots, may_listen);
  sandbox.phase = listeners.empty() ? Phase::kStarting : Phase::kIdle;
  const bool unseen = !listeners.empty() && std::ranges::all_of(listeners, [](const Listener& one) {
    return one.family == AF_UNIX;
  });
  sandbox.hides_requests = sandbox.identity.hides_requests || unseen;
}

}  // namespace

std::vector<LiveSandbox> find_live_sandboxes(const rules::Rules& rules, const CgroupLayout& layout,
                                             const Roots& roots) {
  const auto processes = scan_processes(roots);
  const Members members = members_by_cgroup(processes);
  Finder finder(rules, members);
  for (const CgroupEntry& cgroup : list_cgroups(layout)) finder.add(cgroup);
  auto sandboxes = finder.finish();
  for (LiveSandbox& sandbox : sandboxes) describe(sandbox, rules, members, roots);
  return sandboxes;
}

}  // namespace faastax::host
