/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Some kernels do not report every switch away from a task (seen on a 6.18
 * guest for the threads of its init, which it also keeps from iterators and
 * from lookups by pid). Then the thread that this CPU switched to last is not
 * `prev`. What it used is in its own sum_exec_runtime, and at most what `prev`
 * leaves of the time.
 */
#ifndef FX_UNSEEN_H
#define FX_UNSEEN_H

#include "bpf/lib/account.h"

/* The state of a thread that is known by its address alone: task storage
 * takes one that the kernel vouches for. A hidden one has a slot or nothing. */
static __always_inline struct fx_task *fx_unseen_state(struct task_struct *task)
{
	struct fx_task *state = fx_slot_of(task);
	struct task_struct *found;

	if (state && state->owner == (__u64)task)
		return state;
	found = bpf_task_from_pid(task->pid);
	if (!found)
		return fx_slot_taken(task);
	/* Its memory may be another's by now, or nobody's. */
	state = (__u64)found == (__u64)task ? fx_task_made(found) : 0;
	bpf_task_release(found);
	return state;
}

/* Whether it has been on another CPU since: what it used there is booked there. */
static __always_inline bool fx_went_elsewhere(struct task_struct *task)
{
	return (__u32)fx_rq(task)->cpu != bpf_get_smp_processor_id();
}

/* What `task` has used since it was last booked, at most `rest`; below 0 where
 * an estimate, which a tick bounds, has to be taken back. Of one that has no
 * state, or was never met, that is not known: all of it if the CPU was `busy`
 * after it, and else none. */
static __always_inline __s64 fx_unseen_slice(struct task_struct *task, struct fx_task *state, __s64 rest, bool busy)
{
	bool met = state && state->cgroup_id;
	__s64 slice = busy ? rest : 0;
	__u64 runtime;

	if (!state)
		return slice;
	if (met && fx_went_elsewhere(task))
		return 0;
	fx_settle(task, state);
	runtime = fx_runtime(task, state);
	if (met) {
		slice = runtime - state->runtime_ns;
		if (slice > rest)
			slice = rest;
		if (slice < -FX_TICK_NS)
			slice = 0;
	}
	state->runtime_ns = runtime;
	return slice;
}

static __noinline void fx_book_unseen(struct fx_cpu *cpu, struct task_struct *prev, __s64 elapsed)
{
	struct fx_task *state = prev->pid ? fx_task_of(prev) : 0;
	__s64 own = state ? fx_runtime(prev, state) - state->runtime_ns : 0;
	__s64 slice = elapsed - own;
	struct task_struct *task;

	cpu->unseen += 1;
	if (!FX_KSYM_EXISTS(bpf_rdonly_cast) || !FX_KSYM_EXISTS(bpf_task_from_pid) || slice <= 0)
		return;
	task = bpf_rdonly_cast((void *)cpu->current_task, bpf_core_type_id_kernel(struct task_struct));
	if (task->pid) {
		state = fx_unseen_state(task);
		slice = fx_unseen_slice(task, state, slice, prev->pid != 0);
		/* The counters have gone on with `prev`. */
		fx_book_from(cpu, state ? state->account : 0, slice, false);
	} else {
		fx_book_idle(cpu, slice);
	}
	cpu->start_clock_ns += slice;
	cpu->start_clock_task_ns += slice;
}

/*
 * The same before a flush where the CPU idles after such a thread: it may for
 * long. A slot alone can tell here, as no more than the thread's address is at
 * hand; what it cannot tell is left to the switch. Of one that was not met yet
 * all is idle.
 */
static __noinline void fx_idles_unseen(struct fx_cpu *cpu, struct task_struct *idle, __u64 mono_ns)
{
	struct task_struct *left = (void *)cpu->current_task;
	struct fx_task *state = fx_slot_of_pid(BPF_CORE_READ(left, pid));
	__u64 runtime, clock, clock_task = fx_clock_task_now(cpu, idle, mono_ns, &clock);
	__s64 used;

	if (!state || (state->owner && state->owner != (__u64)left))
		return;
	if (state->owner && state->cgroup_id) {
		if ((__u32)BPF_CORE_READ(left, se.cfs_rq, rq, cpu) != bpf_get_smp_processor_id() ||
		    BPF_CORE_READ(left, cgroups) != (void *)state->css_set)
			return;
		runtime = BPF_CORE_READ(left, se.sum_exec_runtime) - state->moved_ns;
		used = runtime - state->runtime_ns;
		if (used < -FX_TICK_NS || used > (__s64)(clock_task - cpu->start_clock_task_ns))
			return;
		state->runtime_ns = runtime;
		fx_book_from(cpu, state->account, used, false);
		cpu->start_clock_ns += used;
		cpu->start_clock_task_ns += used;
	}
	cpu->unseen += 1;
	cpu->current_task = (__u64)idle;
}

#endif
