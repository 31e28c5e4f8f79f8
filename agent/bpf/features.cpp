// SPDX-License-Identifier: Apache-2.0
#include "agent/bpf/features.hpp"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/capability.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string_view>

#include "agent/base/capabilities.hpp"
#include "agent/base/unique_fd.hpp"

namespace faastax::bpf {
namespace {

struct BtfDeleter {
  void operator()(btf* types) const { btf__free(types); }
};
using BtfPtr = std::unique_ptr<btf, BtfDeleter>;

/// Missing capabilities as "CAP_X and CAP_Y"; CAP_SYS_ADMIN stands for BPF and PERFMON, as in the kernel.
std::string missing_capabilities() {
  const base::Capabilities has = base::effective_capabilities();
  const bool admin = has.has(CAP_SYS_ADMIN);
  std::string missing;
  const auto need = [&missing](bool present, const char* name) {
    if (present) return;
    if (!missing.empty()) missing += " and ";
    missing += name;
  };
  need(admin || has.has(CAP_BPF), "CAP_BPF");
  need(admin || has.has(CAP_PERFMON), "CAP_PERFMON");
  need(has.has(CAP_NET_ADMIN), "CAP_NET_ADMIN");
  return missing;
}

HookState probe_tracepoint(const Hook& hook, const btf* types) {
  // Each tracepoint has a typedef of its prototype in the kernel's BTF.
  const std::string name = "btf_trace_" + std::string(hook.where);
  const bool found = btf__find_by_name_kind(types, name.c_str(), BTF_KIND_TYPEDEF) > 0;
  return {hook, found, found ? "" : "this kernel has no tracepoint " + std::string(hook.where)};
}

/// Whether the tracepoint mark_victim hands over a task rather than a pid.
bool oom_has_task(const btf* types) {
  const int id = btf__find_by_name_kind(types, "btf_trace_mark_victim", BTF_KIND_TYPEDEF);
  if (id <= 0) return false;
  const btf_type* pointer = btf__type_by_id(types, btf__type_by_id(types, static_cast<__u32>(id))->type);
  const btf_type* prototype = btf__type_by_id(types, pointer->type);
  if (!btf_is_func_proto(prototype) || btf_vlen(prototype) < 2) return false;
  // Parameter 0 is the tracepoint's own data.
  const btf_type* victim = btf__type_by_id(types, btf_params(prototype)[1].type);
  return btf_is_ptr(victim);
}

HookState probe_type(const Hook& hook, bpf_prog_type type, const char* name) {
  const int supported = libbpf_probe_bpf_prog_type(type, nullptr);
  if (supported == 1) return {hook, true, ""};
  return {hook, false, std::string("this kernel refuses BPF programs of type ") + name};
}

/// Whether a program of this type may call a helper. The verifier looks at that before it looks at the
/// arguments, and says so in words that have changed over time: libbpf 1.1 does not know those since 6.7.
bool may_call(bpf_prog_type type, bpf_func_id helper) {
  const std::array<bpf_insn, 2> program = {
      bpf_insn{.code = BPF_JMP | BPF_CALL, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = helper},
      bpf_insn{.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
  std::array<char, 4096> log{};
  LIBBPF_OPTS(bpf_prog_load_opts, options, .log_level = 1, .log_size = log.size(), .log_buf = log.data());
  const base::UniqueFd loaded(
      bpf_prog_load(type, nullptr, "Dual BSD/GPL", program.data(), program.size(), &options));
  if (loaded) return true;
  const std::string_view words(log.data());
  return !words.empty() && !words.contains("invalid func") && !words.contains("unknown func") &&
         !words.contains("cannot use helper");
}

HookState probe_hook(const Hook& hook, const btf* types) {
  switch (hook.kind) {
    case HookKind::kTypedTracepoint:
    case HookKind::kRawTracepoint:
      return probe_tracepoint(hook, types);
    case HookKind::kTaskIterator: {
      const bool found = btf__find_by_name_kind(types, "bpf_iter__task", BTF_KIND_STRUCT) > 0;
      return {hook, found, found ? "" : "this kernel has no BPF iterator over tasks"};
    }
    case HookKind::kCgroupSkb:
      return probe_type(hook, BPF_PROG_TYPE_CGROUP_SKB, "cgroup_skb");
    case HookKind::kCpuClock:
    case HookKind::kPerfEvent:
      return probe_type(hook, BPF_PROG_TYPE_PERF_EVENT, "perf_event");
    case HookKind::kTestRun:
      return probe_type(hook, BPF_PROG_TYPE_RAW_TRACEPOINT, "raw_tracepoint");
  }
  return {hook, false, "unknown kind"};
}

}  // namespace

bool Features::has(std::string_view program) const {
  for (const HookState& state : hooks) {
    if (state.hook.program == program) return state.available;
  }
  return false;
}

std::string Features::missing() const {
  for (const HookState& state : hooks) {
    if (!state.available && state.hook.required) {
      return std::string(state.hook.program) + ": " + state.reason +
             " (without it: " + std::string(state.hook.without) + ")";
    }
  }
  return {};
}

std::string types_path(const std::string& sys_root) { return sys_root + "/kernel/btf/vmlinux"; }

base::Result<Features> probe_features(const std::string& sys_root) {
  if (const std::string missing = missing_capabilities(); !missing.empty()) {
    return base::failure("loading BPF programs needs " + missing + ": run as root");
  }
  const std::string path = types_path(sys_root);
  if (::access(path.c_str(), R_OK) != 0) {
    return base::failure("no BTF at " + path + ": use a kernel built with CONFIG_DEBUG_INFO_BTF=y");
  }
  const BtfPtr types(btf__parse(path.c_str(), nullptr));
  if (!types) return base::failure("cannot read the kernel's BTF at " + path);
  Features features;
  for (const Hook& hook : kHooks) features.hooks.push_back(probe_hook(hook, types.get()));
  features.skb_task_storage = may_call(BPF_PROG_TYPE_CGROUP_SKB, BPF_FUNC_task_storage_get);
  features.oom_has_task = oom_has_task(types.get());
  return features;
}

}  // namespace faastax::bpf
