/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Adding time to buckets: the only places where an account grows. */
#ifndef FX_BOOK_H
#define FX_BOOK_H

#include "bpf/lib/clock.h"
#include "bpf/lib/phase.h"

/* `ns` is negative where an edge's estimate has to be taken back. */
static __always_inline void fx_book(struct fx_cpu *cpu, __u32 account, __s64 ns)
{
	struct fx_account *line = bpf_map_lookup_elem(&fx_accounts, &account);
	__u32 phase = FX_PHASE_PRE;

	if (!line)
		return;
	if (line->phase_cgroup) {
		__u32 entry = line->phase_cgroup;
		struct fx_cgroup *cgroup = bpf_map_lookup_elem(&fx_cgroups, &entry);
		/* Requests in flight are the sandbox's own: what works for it is
		 * at its teardown once it is stopped. */
		if (cgroup)
			phase = fx_phase_of(cgroup->flags,
					    line->flags & FX_ACCOUNT_LINKED ? 0 : cgroup->in_flight);
	}
	__sync_fetch_and_add(&line->ns[phase & (FX_PHASES - 1)], ns);
	if (!account)
		cpu->unattributed_ns += ns;
}

static __always_inline struct fx_task *fx_task_of(struct task_struct *task)
{
	return bpf_task_storage_get(&fx_tasks, task, 0, 0);
}

/*
 * Books what the current task has used of its slice so far, before an edge
 * changes the account or the phase that the rest belongs to. What the
 * estimate books too much shows as a negative rest at the switch, which
 * takes it back.
 */
static __always_inline void fx_partial(struct fx_cpu *cpu, struct task_struct *current, __u64 mono_ns)
{
	__u64 clock, clock_task;
	__s64 elapsed;

	if (!cpu->flushed_mono_ns)
		return;
	clock_task = fx_clock_task_now(cpu, current, mono_ns, &clock);
	elapsed = clock_task - cpu->start_clock_task_ns;
	if (current->pid == 0) {
		cpu->idle_ns += elapsed;
	} else {
		__u64 runtime = current->se.sum_exec_runtime + (clock_task - current->se.exec_start);
		struct fx_task *task = fx_task_of(current);

		if (!task || elapsed <= 0 || cpu->current_pid != current->pid)
			return; /* what is not known well is booked whole, at its switch */
		fx_book(cpu, task->account, elapsed);
		task->runtime_ns = runtime;
	}
	cpu->steal_ns += (clock - cpu->start_clock_ns) - elapsed;
	cpu->start_clock_ns = clock;
	cpu->start_clock_task_ns = clock_task;
	cpu->partials += 1;
}

/* The same, for hooks that do not have the CPU or the time at hand. */
static __always_inline void fx_partial_now(void)
{
	struct fx_cpu *cpu = fx_this_cpu();
	if (cpu)
		fx_partial(cpu, bpf_get_current_task_btf(), bpf_ktime_get_ns());
}

#endif
