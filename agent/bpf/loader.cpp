// SPDX-License-Identifier: Apache-2.0
#include "agent/bpf/loader.hpp"

#include <bpf/libbpf.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace faastax::bpf {

using base::failure;

namespace {

constexpr std::uint32_t kSliceRingBytes = 32U << 20;

void configure_counters(faastax_bpf& skeleton, const ProbeOptions& options) {
  const CycleMode mode = options.cycles.mode;
  skeleton.rodata->fx_read_counters = mode == CycleMode::kExact || mode == CycleMode::kDerived;
  skeleton.rodata->fx_sample_period = mode == CycleMode::kSampled ? kSamplePeriod : 0;
  skeleton.rodata->fx_has_instructions = options.cycles.instructions;
  skeleton.rodata->fx_idle_counts = options.accounts;
  bpf_map__set_max_entries(skeleton.maps.fx_counts, mode == CycleMode::kNone ? 1 : options.accounts + 1);
}

base::Result<void> configure(faastax_bpf& skeleton, const ProbeOptions& options, const Features& features) {
  const auto probes = probe_table(options.probes);
  if (!probes) return failure(probes.error());
  std::memcpy(&skeleton.rodata->fx_probe_table, &*probes, sizeof(*probes));
  skeleton.rodata->fx_drop_percent = options.drop_percent;
  skeleton.rodata->fx_oom_has_task = features.oom_has_task;
  skeleton.rodata->fx_skb_task_storage = features.skb_task_storage;
  skeleton.rodata->fx_keep_slices = options.slices;
  skeleton.rodata->fx_interrupts = options.interrupts;
  configure_counters(skeleton, options);
  bpf_map__set_max_entries(skeleton.maps.fx_edges, options.ring_bytes);
  const auto page = static_cast<std::uint32_t>(::sysconf(_SC_PAGESIZE));
  bpf_map__set_max_entries(skeleton.maps.fx_slices, options.slices ? kSliceRingBytes : page);
  for (bpf_map* map :
       {skeleton.maps.fx_accounts, skeleton.maps.fx_processes, skeleton.maps.fx_free_accounts}) {
    bpf_map__set_max_entries(map, options.accounts);
  }
  for (bpf_map* map :
       {skeleton.maps.fx_cgroups, skeleton.maps.fx_cgroup_ids, skeleton.maps.fx_free_cgroups}) {
    bpf_map__set_max_entries(map, options.cgroups);
  }
  bpf_map__set_max_entries(skeleton.maps.fx_work, options.work_functions);
  // Tasks whose slot lies beyond have task storage.
  bpf_map__set_max_entries(skeleton.maps.fx_slots, 2 * options.accounts);
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton.obj) {
    bpf_program__set_autoload(program, features.has(bpf_program__name(program)));
  }
  return {};
}

}  // namespace

base::Result<SkeletonPtr> open_and_load(const ProbeOptions& options, const Features& features) {
  // Named, it is the only place where libbpf looks for types: listing the modules' needs CAP_SYS_ADMIN.
  LIBBPF_OPTS(bpf_object_open_opts, opening, .btf_custom_path = options.types.c_str());
  SkeletonPtr skeleton(faastax_bpf__open_opts(&opening));
  if (!skeleton) return failure("cannot open the BPF object", errno);
  if (skeleton->rodata->fx_abi_version != FX_ABI_VERSION) {
    return failure("the BPF object is of another version");
  }
  if (auto done = configure(*skeleton, options, features); !done) return failure(done.error());
  if (const int error = faastax_bpf__load(skeleton.get()); error != 0) {
    return failure("the kernel refused the BPF programs (run with --log-level debug for its words)", -error);
  }
  return skeleton;
}

Features asked_for(const ProbeOptions& options, Features features) {
  std::erase_if(features.hooks, [&options](const HookState& state) {
    switch (state.hook.use) {
      case HookUse::kAlways:
        return false;
      case HookUse::kInterrupts:
        return !options.interrupts;
      case HookUse::kSampling:
        return options.cycles.mode != CycleMode::kSampled;
    }
    return false;
  });
  return features;
}

base::Result<void> has_all_interrupts(const Features& features) {
  for (const HookState& state : features.hooks) {
    if (state.hook.use == HookUse::kInterrupts && !state.available)
      return failure("interrupts cannot be told apart here: " + state.reason);
  }
  return {};
}

Features accepted(const ProbeOptions& options, const Features& features) {
  Features result = features;
  for (HookState& state : result.hooks) state.available = state.available && state.hook.required;
  for (std::size_t i = 0; i < result.hooks.size(); ++i) {
    if (!features.hooks[i].available || features.hooks[i].hook.required) continue;
    result.hooks[i].available = true;
    if (open_and_load(options, result)) continue;
    result.hooks[i].available = false;
    result.hooks[i].reason = "this kernel's verifier refuses the program";
  }
  return result;
}

}  // namespace faastax::bpf
