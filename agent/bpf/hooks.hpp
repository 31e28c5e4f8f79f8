// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

namespace faastax::bpf {

enum class HookKind {
  kTypedTracepoint,
  kRawTracepoint,
  kCgroupSkb,
  kTaskIterator,
  kTestRun,
  kCpuClock,
  kPerfEvent
};

/// What a hook is there for; not all are loaded everywhere.
enum class HookUse {
  kAlways,
  kInterrupts,  ///< only where ProbeOptions::interrupts asks for it
  kSampling,    ///< only where cycles are sampled
};

/// One program, where it attaches and what is lost without it.
struct Hook {
  std::string_view program;
  HookKind kind;
  std::string_view where;  ///< tracepoint's name
  bool required;
  std::string_view without;  ///< what the report then lacks
  HookUse use = HookUse::kAlways;
};

inline constexpr std::array kHooks = {
    Hook{"fx_switch", HookKind::kTypedTracepoint, "sched_switch", true, "no CPU time at all"},
    Hook{"fx_fork", HookKind::kTypedTracepoint, "sched_process_fork", true, "no lineage"},
    Hook{"fx_exec", HookKind::kTypedTracepoint, "sched_process_exec", true, "no programs"},
    Hook{"fx_exit", HookKind::kTypedTracepoint, "sched_process_exit", true, "no ends of processes"},
    Hook{"fx_flush", HookKind::kTestRun, "BPF_PROG_TEST_RUN", true, "no reading of running slices"},
    Hook{"fx_found", HookKind::kTaskIterator, "iter/task", false,
         "a thread that ran before is known only from its first switch"},
    Hook{"fx_rename", HookKind::kTypedTracepoint, "task_rename", false,
         "processes keep the name they were forked with"},
    Hook{"fx_cgroup_mkdir", HookKind::kTypedTracepoint, "cgroup_mkdir", true, "no sandboxes"},
    Hook{"fx_cgroup_attach", HookKind::kTypedTracepoint, "cgroup_attach_task", false,
         "a move between cgroups shows at the next switch only"},
    Hook{"fx_cgroup_populated", HookKind::kTypedTracepoint, "cgroup_notify_populated", false,
         "an emptied sandbox is stopped only when its main process is seen to end"},
    Hook{"fx_cgroup_frozen", HookKind::kTypedTracepoint, "cgroup_notify_frozen", false,
         "freezing is not seen"},
    Hook{"fx_cgroup_rmdir", HookKind::kTypedTracepoint, "cgroup_rmdir", true, "no ends of sandboxes"},
    Hook{"fx_signal", HookKind::kTypedTracepoint, "signal_generate", false,
         "a stop begins only with the exit"},
    Hook{"fx_oom", HookKind::kRawTracepoint, "mark_victim", false, "an OOM kill shows as signal 9"},
    Hook{"fx_work_start", HookKind::kTypedTracepoint, "workqueue_execute_start", false,
         "kernel workers are one component"},
    Hook{"fx_work_end", HookKind::kRawTracepoint, "workqueue_execute_end", false,
         "kernel workers are one component"},
    Hook{"fx_symbol", HookKind::kTestRun, "BPF_PROG_TEST_RUN", false,
         "kernel workers have no names: kworker:unknown"},
    Hook{"fx_softirq_entry", HookKind::kTypedTracepoint, "softirq_entry", false, "no --interrupts",
         HookUse::kInterrupts},
    Hook{"fx_softirq_exit", HookKind::kTypedTracepoint, "softirq_exit", false, "no --interrupts",
         HookUse::kInterrupts},
    Hook{"fx_irq_entry", HookKind::kTypedTracepoint, "irq_handler_entry", false, "no --interrupts",
         HookUse::kInterrupts},
    Hook{"fx_irq_exit", HookKind::kTypedTracepoint, "irq_handler_exit", false, "no --interrupts",
         HookUse::kInterrupts},
    Hook{"fx_sample_cycles", HookKind::kPerfEvent, "cycles", false, "no sampled cycles", HookUse::kSampling},
    Hook{"fx_sample_instructions", HookKind::kPerfEvent, "instructions", false, "no sampled instructions",
         HookUse::kSampling},
    Hook{"fx_socket_state", HookKind::kTypedTracepoint, "inet_sock_set_state", false,
         "ready only with the first request byte"},
    Hook{"fx_ingress", HookKind::kCgroupSkb, "cgroup_skb ingress", false,
         "no requests: handle and idle are one"},
    Hook{"fx_egress", HookKind::kCgroupSkb, "cgroup_skb egress", false,
         "no requests: handle and idle are one"},
    Hook{"fx_memory_tick", HookKind::kCpuClock, "cpu-clock", false,
         "memory of a task that never leaves its CPU is known at snapshots only"},
};

}  // namespace faastax::bpf
