/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* What a switch books: the slice that ends with it. */
#ifndef FX_SLICE_H
#define FX_SLICE_H

#include "bpf/lib/memory.h"
#include "bpf/lib/unseen.h"

/* User space has opened the books of every CPU that was online. One that
 * comes online later opens its own. */
bool fx_books_open = false;

/* From the slice that starts at `clock`, which was just calibrated. */
static __noinline void fx_open_late(struct fx_cpu *cpu, __u64 clock)
{
	if (!fx_books_open)
		return;
	cpu->opened_mono_ns = clock + cpu->clock_offset_ns;
	cpu->flushed_mono_ns = cpu->opened_mono_ns;
	cpu->extras = fx_extras();
}

/* The time since its last booking is the task's own count; the CPU's clock
 * bounds it, as a thread can have run unseen before. */
static __always_inline void fx_end_slice(struct fx_cpu *cpu, struct task_struct *prev, __s64 elapsed, __u64 clock)
{
	struct fx_task *task = fx_task_of(prev);
	struct fx_cgroup *sandbox;
	__s64 slice = elapsed;
	__s64 runtime;
	bool last = false;

	if (!task) {
		task = fx_task_succeeded(prev);
		last = task != 0; /* not to be met anew: its pid is another's */
	}
	runtime = task ? fx_runtime(prev, task) : prev->se.sum_exec_runtime;
	if (task) {
		slice = runtime - task->runtime_ns;
		if (slice > elapsed)
			slice = elapsed;
	}
	if (!task || (task->css_set != (__u64)prev->cgroups && !last))
		task = fx_settle_in(prev);
	if (slice < 0)
		cpu->overbooked_ns -= slice; /* an estimate was too high: taken back */
	if (task)
		task->runtime_ns = runtime;
	if (cpu->extras && cpu->switches % 100 < fx_drop_percent)
		slice = 0;
	sandbox = fx_book_slice(cpu, task ? task->account : 0, slice);
	if (sandbox)
		fx_memory_switch(sandbox, prev, clock + cpu->clock_offset_ns, clock - cpu->start_clock_ns);
	if (task && (prev->__state & FX_TASK_DEAD)) {
		fx_leave(task->home);
		fx_task_ended(prev, task);
	}
}

/* What every switch does at last: the next slice begins. */
static __always_inline void fx_begin_slice(struct fx_cpu *cpu, struct task_struct *next, __u64 clock,
					   __u64 clock_task)
{
	cpu->start_clock_ns = clock;
	cpu->start_clock_task_ns = clock_task;
	cpu->current_task = (__u64)next;
}

/* Any switch, with all that is rare. */
static __noinline void fx_switch_any(struct fx_cpu *cpu, struct task_struct *prev, struct task_struct *next)
{
	struct rq *rq = fx_rq(prev->pid ? prev : next);
	__u64 clock = rq->clock;
	__u64 clock_task = rq->clock_task;
	__s64 elapsed;

	/* Until the books open every switch is a sample: one may lag. */
	if (!cpu->flushed_mono_ns || clock - cpu->calibrated_ns > FX_CALIBRATE_NS) {
		cpu->extras = fx_extras() || !cpu->flushed_mono_ns;
		fx_calibrate(cpu, clock);
	}
	if (cpu->flushed_mono_ns) {
		if (cpu->current_task != (__u64)prev)
			fx_book_unseen(cpu, prev, clock_task - cpu->start_clock_task_ns);
		elapsed = clock_task - cpu->start_clock_task_ns;
		if (prev->pid == 0)
			fx_book_idle(cpu, elapsed);
		else
			fx_end_slice(cpu, prev, elapsed, clock);
		fx_book_steal(cpu, (clock - cpu->start_clock_ns) - elapsed);
		cpu->switches += 1;
	} else {
		fx_open_late(cpu, clock);
	}
	fx_begin_slice(cpu, next, clock, clock_task);
}

#endif
