// SPDX-License-Identifier: Apache-2.0
#include "agent/host/node_info.hpp"

#include <utility>

#include "agent/host/brief_command.hpp"
#include "agent/host/text.hpp"

namespace faastax::host {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string read_word(const std::filesystem::path& file) {
  const auto text = read_text(file);
  return text ? std::string(trimmed(*text)) : std::string();
}

}  // namespace

std::optional<std::vector<unsigned>> parse_cpu_list(std::string_view text) {
  constexpr unsigned kMostCpus = 1U << 16;
  std::vector<unsigned> cpus;
  for (std::string_view range : split(trimmed(text), ",")) {
    const std::size_t dash = range.find('-');
    const auto first = parse_number<unsigned>(range.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_number<unsigned>(range.substr(dash + 1));
    if (!first || !last || *last < *first || *last >= kMostCpus) return std::nullopt;
    for (unsigned cpu = *first; cpu <= *last; ++cpu) cpus.push_back(cpu);
  }
  if (cpus.empty()) return std::nullopt;
  return cpus;
}

std::vector<unsigned> online_cpus(const Roots& roots) {
  const auto text = read_text(roots.sys / "devices/system/cpu/online");
  return text ? parse_cpu_list(*text).value_or(std::vector<unsigned>{}) : std::vector<unsigned>{};
}

ledger::NodeInfo read_node_info(const CgroupLayout& layout, const Roots& roots) {
  ledger::NodeInfo info;
  info.name = read_word(roots.proc / "sys/kernel/hostname");
  info.kernel = read_word(roots.proc / "sys/kernel/osrelease");
  info.cpus = static_cast<unsigned>(online_cpus(roots).size());
  info.cgroup = name_of(layout.version);
  return info;
}

std::map<std::string, std::string> runtime_versions(const std::vector<std::string>& names,
                                                    std::chrono::milliseconds timeout_each) {
  std::map<std::string, std::string> versions;
  for (const std::string& name : names) {
    const auto answer = run_briefly({name, "--version"}, timeout_each);
    if (answer && !trimmed(*answer).empty()) versions.emplace(name, version_in(*answer));
  }
  return versions;
}

std::map<std::string, std::string> known_runtime_versions(std::chrono::milliseconds timeout_each) {
  return runtime_versions({"runc", "crun", "containerd"}, timeout_each);
}

std::string version_in(std::string_view answer) {
  const std::string_view line = trimmed(answer.substr(0, answer.find('\n')));
  for (std::string_view word : split(line, " \t,")) {
    const std::string_view number = word.starts_with('v') ? word.substr(1) : word;
    if (!number.empty() && is_digit(number.front())) return std::string(number);
  }
  return std::string(line);
}

}  // namespace faastax::host
