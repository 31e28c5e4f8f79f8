// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/* Every slice, booked when it ends. The hot path of faastax. */
#include "bpf/lib/slice.h"

/* Nothing but the slice is to be seen to: the CPU's books are open, its clocks
 * need no sample, the thread is the one that it switched to, and a booking only
 * adds. */
static __always_inline bool fx_is_usual(const struct fx_cpu *cpu, struct task_struct *prev, __u64 clock)
{
	return clock - cpu->calibrated_ns <= FX_CALIBRATE_NS && cpu->current_task == (__u64)prev && !cpu->extras;
}

/* The state of a thread that has a slot, has not moved and goes on. */
static __always_inline struct fx_task *fx_usual_task(struct task_struct *prev)
{
	struct fx_task *task = fx_slot_of(prev);

	if (!task || task->owner != (__u64)prev || task->css_set != (__u64)prev->cgroups)
		return 0;
	return prev->__state & FX_TASK_DEAD ? 0 : task;
}

/* What both kinds of slices end with. */
static __always_inline void fx_end_usual(struct fx_cpu *cpu, struct task_struct *next, __u64 clock, __u64 clock_task)
{
	__s64 steal = (clock - cpu->start_clock_ns) - (clock_task - cpu->start_clock_task_ns);

	if (fx_rare(steal))
		cpu->steal_ns += steal;
	cpu->switches += 1;
	fx_begin_slice(cpu, next, clock, clock_task);
}

/*
 * The usual switches come first and do what fx_switch_any does, in a straight
 * line: each branch that is taken costs 1 to 3 ns. Nothing is booked before it
 * is known that a switch is a usual one.
 */
SEC("tp_btf/sched_switch")
int BPF_PROG(fx_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	struct fx_cpu *cpu = fx_this_cpu();
	struct fx_account *line;
	struct fx_cgroup *sandbox;
	struct fx_task *task;
	__u64 clock, clock_task, runtime, ran_ns;
	__u32 account;
	__s64 slice;
	struct rq *rq;

	if (!cpu)
		return 0;
	/* The scheduler has just used the task's; the idle task's own is out of the cache. */
	rq = fx_rq(prev->pid ? prev : next);
	clock = rq->clock;
	clock_task = rq->clock_task;
	if (!fx_is_usual(cpu, prev, clock))
		goto any;
	if (!prev->pid) {
		cpu->idle_ns += clock_task - cpu->start_clock_task_ns;
		fx_end_usual(cpu, next, clock, clock_task);
		return 0;
	}
	task = fx_usual_task(prev);
	if (!task)
		goto any;
	runtime = fx_runtime(prev, task);
	slice = runtime - task->runtime_ns;
	if (slice < 0 || slice > (__s64)(clock_task - cpu->start_clock_task_ns))
		goto any;
	account = task->account;
	line = account ? bpf_map_lookup_elem(&fx_accounts, &account) : 0;
	if (!line)
		goto any;
	task->runtime_ns = runtime;
	ran_ns = clock - cpu->start_clock_ns;
	fx_end_usual(cpu, next, clock, clock_task);
	sandbox = fx_book_plain(line, slice);
	if (sandbox)
		fx_memory_switch(sandbox, prev, clock + cpu->clock_offset_ns, ran_ns);
	return 0;
any:
	fx_switch_any(cpu, prev, next);
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
		cpu->extras = fx_extras();
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
