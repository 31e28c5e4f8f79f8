/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Booking in the middle of a slice: at an edge, at a flush, at the end of a softirq. */
#ifndef FX_PARTIAL_H
#define FX_PARTIAL_H

#include "bpf/lib/book.h"
#include "bpf/lib/task.h"

/* A softirq's or hard interrupt's own time. */
static __always_inline void fx_book_interrupt(struct fx_interrupted *here, __u32 vector, __s64 ns)
{
	__u32 *account = bpf_map_lookup_elem(&fx_interrupt_accounts, &vector);
	struct fx_account *line;

	if (ns <= 0 || !account || !*account)
		return; /* no room for one: it stays with whom it interrupts */
	line = bpf_map_lookup_elem(&fx_accounts, account);
	if (!line)
		return;
	if (fx_keep_slices)
		fx_keep_slice(*account, line->serial, FX_PHASE_PRE, ns);
	__sync_fetch_and_add(&line->ns[FX_PHASE_PRE], ns);
	__sync_fetch_and_add(&here->pending_ns, ns);
}

/* Books the softirq that runs here up to now: it ends, or an edge in it (a
 * packet's, a flush's) splits the slice of whom it interrupts. A flush that
 * lands in here moves `since`, and has then booked what is before it. */
static __noinline void fx_split_softirq(struct fx_interrupted *here, __u64 mono_ns)
{
	__u64 since = here->soft_since_ns;
	__u64 hard = here->hard_ns;
	__u64 hard_inside = hard - here->soft_hard_ns;

	if (!since || since >= mono_ns)
		return;
	if (__sync_val_compare_and_swap(&here->soft_since_ns, since, mono_ns) != since)
		return;
	here->soft_hard_ns = hard;
	fx_book_interrupt(here, here->soft_vector, (__s64)(mono_ns - since - hard_inside));
}

/* What of its run time the task itself has to book: who moved it between
 * cgroups while it ran has booked the rest. Read once for each booking. */
static __always_inline __u64 fx_runtime(struct task_struct *task, struct fx_task *state)
{
	return task->se.sum_exec_runtime - state->moved_ns;
}

/* The CPU was taken away, and its task has used nothing since: a flush comes
 * before the switch that would tell. */
static __always_inline void fx_partly_stolen(struct fx_cpu *cpu, __u64 clock, __s64 elapsed)
{
	__u64 start = cpu->start_clock_ns;
	__s64 stolen = (clock - start) - (elapsed > 0 ? elapsed : 0);

	if (stolen > 0 && __sync_val_compare_and_swap(&cpu->start_clock_ns, start, start + stolen) == start)
		fx_book_steal(cpu, stolen);
}

/*
 * Books what the current task has used of its slice so far, before an edge
 * changes the account or the phase that the rest belongs to. What the
 * estimate books too much shows as a negative rest at the switch, which
 * takes it back. Where the kernel did not report the switch to it, what ran
 * before is booked at the switch that follows: so much is left open for it.
 */
static __always_inline void fx_partial(struct fx_cpu *cpu, struct task_struct *current, __u64 mono_ns)
{
	struct fx_task *task = 0;
	__u64 start, end, clock, clock_task, runtime = 0;
	bool seen = cpu->current_task == (__u64)current;
	__s64 elapsed, used = 0;

	if (!cpu->flushed_mono_ns)
		return;
	if (fx_interrupts) {
		struct fx_interrupted *here = fx_interrupted_here();
		if (here)
			fx_split_softirq(here, mono_ns);
	}
	start = cpu->start_clock_task_ns;
	clock_task = fx_clock_task_now(cpu, current, mono_ns, &clock);
	elapsed = clock_task - start;
	if (current->pid) {
		task = fx_task_of(current);
		if (!task)
			return; /* what is not known well is booked whole, at its switch */
		runtime = fx_runtime(current, task) + (clock_task - current->se.exec_start);
		used = runtime - task->runtime_ns;
		if (used <= 0 || elapsed <= 0) {
			if (seen)
				fx_partly_stolen(cpu, clock, elapsed);
			return;
		}
		if (used > elapsed)
			used = elapsed;
	} else if (!seen) {
		return;
	}
	end = seen ? clock_task : start + used;
	/* An interrupt's edge or a flush may have come in between, and booked it. */
	if (__sync_val_compare_and_swap(&cpu->start_clock_task_ns, start, end) != start)
		return;
	if (task) {
		fx_book_slice(cpu, task->account, used);
		task->runtime_ns = runtime;
	} else {
		fx_book_idle(cpu, elapsed);
	}
	if (seen) {
		fx_book_steal(cpu, (clock - cpu->start_clock_ns) - elapsed);
		cpu->start_clock_ns = clock;
	} else {
		cpu->start_clock_ns += used;
	}
}

/* The same, for hooks that do not have the CPU or the time at hand. */
static __always_inline void fx_partial_now(void)
{
	struct fx_cpu *cpu = fx_this_cpu();
	if (cpu)
		fx_partial(cpu, bpf_get_current_task_btf(), bpf_ktime_get_ns());
}

#endif
