// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/host/cgroup_layout.hpp"
#include "agent/host/roots.hpp"
#include "ledger/report.hpp"

namespace faastax::host {

/// Ids of a kernel CPU list such as "0-3,8"; absent when it is none.
std::optional<std::vector<unsigned>> parse_cpu_list(std::string_view text);

/// CPUs that are online, by id: ids may have gaps, so their number is not the largest id plus one.
std::vector<unsigned> online_cpus(const Roots& roots = {});

/// Name, kernel, number of CPUs and cgroup layout. Runs nothing.
ledger::NodeInfo read_node_info(const CgroupLayout& layout, const Roots& roots = {});

/// What `<name> --version` says first, for each runtime that is installed and answers in time: "1.1.5" for
/// "runc version 1.1.5". Runs them one after the other.
std::map<std::string, std::string> runtime_versions(const std::vector<std::string>& names,
                                                    std::chrono::milliseconds timeout_each);

/// The same of those that faastax knows.
std::map<std::string, std::string> known_runtime_versions(std::chrono::milliseconds timeout_each);

/// The version in the first line of such an answer: its first word that begins with a digit, after an
/// optional v; the whole line where there is none.
std::string version_in(std::string_view answer);

}  // namespace faastax::host
