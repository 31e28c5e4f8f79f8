// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor_command.hpp"

#include <fmt/format.h>

#include "agent/bpf/features.hpp"
#include "agent/bpf/perf_counters.hpp"
#include "agent/host/cgroup_layout.hpp"
#include "agent/host/node_info.hpp"
#include "cli/report_output.hpp"

namespace faastax::cli {
namespace {

void line(const char* what, const std::string& found) { fmt::print("{:<12} {}\n", what, found); }

void print_node(const host::CgroupLayout& layout) {
  const ledger::NodeInfo node = host::read_node_info(layout);
  line("node", node.name);
  line("kernel", node.kernel);
  line("CPUs", std::to_string(node.cpus));
  line("cgroups", std::string(host::name_of(layout.version)) +
                      (layout.v2_mount.empty() ? "" : ", v2 at " + layout.v2_mount.string()));
  std::string runtimes;
  for (const auto& [name, version] : host::known_runtime_versions(std::chrono::milliseconds(500))) {
    runtimes += (runtimes.empty() ? "" : ", ") + name + " " + version;
  }
  line("runtimes", runtimes.empty() ? "none found" : runtimes);
}

std::string used(bpf::HookUse use) {
  switch (use) {
    case bpf::HookUse::kAlways:
      return "used";
    case bpf::HookUse::kInterrupts:
      return "used with --interrupts";
    case bpf::HookUse::kSampling:
      return "used where cycles are sampled";
  }
  return {};
}

void print_hooks(const bpf::Features& features) {
  fmt::print("\n{:<22} {:<34} {}\n", "program", "hook", "state");
  for (const bpf::HookState& state : features.hooks) {
    fmt::print("{:<22} {:<34} {}\n", state.hook.program, state.hook.where,
               state.available ? used(state.hook.use) : "missing: " + state.reason);
    if (!state.available) fmt::print("{:<22} without it: {}\n", "", state.hook.without);
  }
}

void print_counters() {
  const bpf::CycleSource source = bpf::find_cycle_source(host::online_cpus({}));
  const std::string also = source.instructions ? ", instructions too" : "";
  line("cycles", std::string(bpf::name_of(source.mode)) + also + ": " + source.reason);
}

int examine() {
  const host::CgroupLayout layout = host::CgroupLayout::detect();
  print_node(layout);
  std::string problem = layout.problem;
  const auto features = bpf::probe_features();
  if (!features) {
    if (problem.empty()) problem = features.error();
  } else {
    print_counters();
    print_hooks(*features);
    if (problem.empty()) problem = features->missing();
  }
  if (!problem.empty()) return fail(problem);
  fmt::print("\nready: `faastax stat -- COMMAND` works here\n");
  return 0;
}

}  // namespace

void add_doctor_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("doctor", "What this kernel and node offer, and what to change");
  command->callback([&action] { action = examine; });
}

}  // namespace faastax::cli
