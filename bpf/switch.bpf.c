// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/* Every slice, booked when it ends. The hot path of faastax. */
#include "bpf/lib/account.h"

/* A fault to inject: slices dropped, of 100. Only the test of the books sets
 * it; at 0 the verifier removes the branch. */
const volatile __u32 fx_drop_percent = 0;

static __always_inline void fx_end_slice(struct fx_cpu *cpu, struct task_struct *prev)
{
	__s64 slice = prev->se.sum_exec_runtime - cpu->start_runtime_ns;
	struct fx_task *task = fx_task_of(prev);

	if (slice < 0) {
		cpu->overbooked_ns -= slice;
		slice = 0;
	}
	if (!task || task->cgroup_id != fx_cgroup_id(prev))
		task = fx_settle_in(prev);
	if (fx_drop_percent && cpu->switches % 100 < fx_drop_percent)
		slice = 0;
	fx_book(cpu, task ? task->account : 0, slice);
	if (prev->__state & FX_TASK_DEAD)
		fx_leave(task ? task->home : 0);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(fx_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	struct fx_cpu *cpu = fx_this_cpu();
	struct rq *rq = fx_rq(prev);
	__u64 clock = rq->clock;
	__u64 clock_task = rq->clock_task;

	if (!cpu)
		return 0;
	if (clock - cpu->calibrated_ns > FX_CALIBRATE_NS) {
		cpu->clock_offset_ns = bpf_ktime_get_ns() - clock;
		cpu->calibrated_ns = clock;
	}
	if (!cpu->flushed_mono_ns)
		return 0;
	if (prev->pid == 0)
		cpu->idle_ns += clock_task - cpu->start_clock_task_ns;
	else
		fx_end_slice(cpu, prev);
	cpu->steal_ns += (clock - cpu->start_clock_ns) - (clock_task - cpu->start_clock_task_ns);
	cpu->start_clock_ns = clock;
	cpu->start_clock_task_ns = clock_task;
	cpu->start_runtime_ns = next->se.sum_exec_runtime;
	cpu->switches += 1;
	return 0;
}

/*
 * Run by user space on each CPU before it reads the tables: books the
 * running slice so far, so that a read sees everything up to now. The first
 * one opens this CPU's books.
 */
SEC("raw_tp/faastax_flush")
int fx_flush(void *ctx)
{
	struct fx_cpu *cpu = fx_this_cpu();
	struct task_struct *current = bpf_get_current_task_btf();
	__u64 mono_ns = bpf_ktime_get_ns();

	if (!cpu || !cpu->calibrated_ns)
		return 1; /* no switch here yet: ask again */
	if (!cpu->flushed_mono_ns) {
		__u64 clock;
		__u64 clock_task = fx_clock_task_now(cpu, current, mono_ns, &clock);

		cpu->start_clock_ns = clock;
		cpu->start_clock_task_ns = clock_task;
		cpu->start_runtime_ns = current->se.sum_exec_runtime + (clock_task - current->se.exec_start);
		cpu->flushed_mono_ns = mono_ns;
		return 0;
	}
	fx_partial(cpu, current, mono_ns);
	cpu->flushed_mono_ns = mono_ns;
	return 0;
}
