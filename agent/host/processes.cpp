// SPDX-License-Identifier: Apache-2.0
#include "agent/host/processes.hpp"

#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "agent/host/text.hpp"

namespace faastax::host {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kKernelThread = 0x00200000;  // PF_KTHREAD, include/linux/sched.h
constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;

/// Fields of proc_pid_stat(5) after the name in parentheses; the manual counts from 1 and the state is 3.
enum StatField : std::size_t { kState = 0, kParent = 1, kFlags = 6, kStarted = 19 };

}  // namespace

bool parse_stat(std::string_view stat, std::uint64_t ticks_per_second, ProcessInfo& process) {
  // The name may hold spaces and parentheses: only the last one closes it.
  const std::size_t open = stat.find('(');
  const std::size_t close = stat.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return false;
  const auto fields = split(stat.substr(close + 1), " \n");
  if (fields.size() <= kStarted) return false;
  const auto parent = parse_number<pid_t>(fields[kParent]);
  const auto flags = parse_number<std::uint64_t>(fields[kFlags]);
  const auto started = parse_number<std::uint64_t>(fields[kStarted]);
  if (!parent || !flags || !started) return false;
  process.comm = stat.substr(open + 1, close - open - 1);
  process.state = fields[kState].front();
  process.parent = *parent;
  process.kernel_thread = (*flags & kKernelThread) != 0;
  process.started_ns = *started * (kNanosecondsPerSecond / ticks_per_second);
  return true;
}

bool parse_status(std::string_view status, ProcessInfo& process) {
  const auto pids = split(value_of(status, "NSpid"), " \t");
  if (pids.empty()) return false;
  const auto innermost = parse_number<pid_t>(pids.back());
  if (!innermost) return false;
  process.pid_namespaces = static_cast<unsigned>(pids.size());
  process.innermost_pid = *innermost;
  return true;
}

void parse_cgroups(std::string_view cgroups, ProcessInfo& process) {
  bool memory_is_v1 = false;
  for (std::string_view line : split(cgroups, "\n")) {  // "4:memory:/path", v2 "0::/path"
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    std::string_view path = line.substr(second + 1);
    constexpr std::string_view kDeleted = " (deleted)";  // the last member of a removed cgroup
    if (path.ends_with(kDeleted)) path.remove_suffix(kDeleted.size());
    if (line.starts_with("0::")) {
      process.cgroup_path = path;
    } else if (lists(controllers, ",", "memory")) {
      process.memory_path = path;
      memory_is_v1 = true;
    }
  }
  if (!memory_is_v1) process.memory_path = process.cgroup_path;
}

std::optional<ProcessInfo> read_process(const Roots& roots, pid_t pid) {
  static const auto kTicks = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  const fs::path folder = roots.proc / std::to_string(pid);
  const auto stat = read_text(folder / "stat");
  const auto status = read_text(folder / "status");
  const auto cgroups = read_text(folder / "cgroup");
  ProcessInfo process{.pid = pid};
  if (!stat || !status || !cgroups) return std::nullopt;
  if (!parse_stat(*stat, kTicks, process) || !parse_status(*status, process)) return std::nullopt;
  parse_cgroups(*cgroups, process);
  return process;
}

std::vector<ProcessInfo> scan_processes(const Roots& roots) {
  std::vector<ProcessInfo> processes;
  std::error_code error;
  for (fs::directory_iterator at(roots.proc, error), end; !error && at != end; at.increment(error)) {
    const auto pid = parse_number<pid_t>(at->path().filename().string());
    if (!pid) continue;
    if (auto process = read_process(roots, *pid)) processes.push_back(std::move(*process));
  }
  return processes;
}

std::optional<std::uint64_t> resident_bytes(const Roots& roots, pid_t pid) {
  const auto status = read_text(roots.proc / std::to_string(pid) / "status");
  if (!status || status->empty()) return std::nullopt;
  const auto kilobytes = [&status](std::string_view key) {
    const auto words = split(value_of(*status, key), " \t");
    return words.empty() ? 0 : parse_number<std::uint64_t>(words.front()).value_or(0);
  };
  return (kilobytes("RssAnon") + kilobytes("RssShmem")) * 1024;
}

}  // namespace faastax::host
