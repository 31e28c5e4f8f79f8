// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/* Every slice, booked when it ends. The hot path of faastax. */
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

SEC("tp_btf/sched_switch")
int BPF_PROG(fx_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	struct fx_cpu *cpu = fx_this_cpu();
	/* The scheduler has just used the task's; the idle task's own is out of the cache. */
	struct rq *rq = fx_rq(prev->pid ? prev : next);
	__u64 clock = rq->clock;
	__u64 clock_task = rq->clock_task;
	__s64 elapsed;

	if (!cpu)
		return 0;
	/* Until the books open every switch is a sample: one may lag. */
	if (!cpu->flushed_mono_ns || clock - cpu->calibrated_ns > FX_CALIBRATE_NS) {
		cpu->extras = fx_extras();
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
	cpu->start_clock_ns = clock;
	cpu->start_clock_task_ns = clock_task;
	cpu->current_task = (__u64)next;
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
	struct fx_cgroup *sandbox;

	if (!cpu || !cpu->calibrated_ns)
		return 1; /* no switch here yet: ask again */
	if (!cpu->flushed_mono_ns) {
		__u64 clock;

		cpu->start_clock_task_ns = fx_clock_task_now(cpu, current, mono_ns, &clock);
		cpu->start_clock_ns = clock;
		cpu->current_task = (__u64)current;
		cpu->opened_mono_ns = mono_ns;
		cpu->flushed_mono_ns = mono_ns;
		return 0;
	}
	if (current->pid)
		fx_settle_in(current);
	else if (cpu->current_task != (__u64)current)
		fx_idles_unseen(cpu, current, mono_ns);
	sandbox = fx_sandbox_entry(fx_entry_of(fx_cgroup_id(current)));
	if (sandbox)
		fx_memory_sample_now(sandbox);
	fx_partial(cpu, current, mono_ns);
	cpu->flushed_mono_ns = mono_ns;
	return 0;
}
