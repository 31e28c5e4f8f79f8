/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Adding time to buckets: the only places where an account grows. */
#ifndef FX_BOOK_H
#define FX_BOOK_H

#include "bpf/lib/counters.h"
#include "bpf/lib/interrupt.h"
#include "bpf/lib/phase.h"
#include "bpf/lib/pieces.h"

/* Whether user space wants every slice; when not, the verifier removes what
 * keeps them. */
const volatile bool fx_keep_slices = false;

static __noinline void fx_keep_slice(__u32 account, __u32 serial, __u32 phase, __s64 ns)
{
	struct fx_slice *slice;

	if (!ns)
		return;
	slice = bpf_ringbuf_reserve(&fx_slices, sizeof(*slice), 0);
	if (!slice) {
		fx_lost(FX_LOSS_SLICE);
		return;
	}
	slice->time_ns = bpf_ktime_get_ns();
	slice->ns = ns;
	slice->account = account;
	slice->serial = serial;
	slice->cpu = bpf_get_smp_processor_id();
	slice->phase = phase;
	/* A wakeup would be a switch, and so another slice. */
	bpf_ringbuf_submit(slice, BPF_RB_NO_WAKEUP);
}

/* The bucket that belongs to now, and the sandbox that the account is of, if
 * it is. */
static __always_inline __u32 fx_phase_of_line(const struct fx_account *line, struct fx_cgroup **sandbox)
{
	__u32 entry = line->phase_cgroup;
	struct fx_cgroup *cgroup = entry ? bpf_map_lookup_elem(&fx_cgroups, &entry) : 0;

	*sandbox = 0;
	if (!cgroup)
		return FX_PHASE_PRE;
	/* Requests in flight are the sandbox's own: what works for it is at its
	 * teardown once it is stopped. */
	if (line->flags & FX_ACCOUNT_LINKED)
		return fx_phase_of(cgroup->flags, 0, 0, 0);
	*sandbox = cgroup;
	return fx_phase_of(cgroup->flags, cgroup->in_flight, cgroup->probes_in_flight, cgroup->opaque_in_flight);
}

/* `here`: it ran on this CPU, whose counters and interrupts go with it. */
static __always_inline void fx_book_in(struct fx_cpu *cpu, __u32 account, struct fx_account *line, __u32 phase,
				       __s64 ns, bool here)
{
	if (here && fx_interrupts && !fx_interrupts_are_apart()) {
		__s64 carved = fx_take_carved(ns);

		ns -= carved;
		__sync_fetch_and_add(&line->carved_ns, carved);
	}
	if (here && fx_read_counters)
		fx_count(account, phase, ns);
	/* First: who copies a line finds all of it in the ring. */
	if (fx_keep_slices)
		fx_keep_slice(account, line->serial, phase, ns);
	__sync_fetch_and_add(&line->ns[phase], ns);
	if (!account)
		cpu->unattributed_ns += ns;
}

/* `ns` is negative where an edge's estimate has to be taken back. Returns the
 * sandbox that the account is of, if it is. */
static __always_inline struct fx_cgroup *fx_book_from(struct fx_cpu *cpu, __u32 account, __s64 ns, bool here)
{
	struct fx_account *line = bpf_map_lookup_elem(&fx_accounts, &account);
	struct fx_cgroup *sandbox;
	__u32 phase;

	if (!line)
		return 0;
	phase = fx_phase_of_line(line, &sandbox) & (FX_PHASES - 1);
	fx_book_in(cpu, account, line, phase, ns, here);
	return sandbox;
}

static __always_inline struct fx_cgroup *fx_book(struct fx_cpu *cpu, __u32 account, __s64 ns)
{
	return fx_book_from(cpu, account, ns, true);
}

/* What of a slice belongs to the phases before a request's edge in it; returns the rest. */
static __noinline __s64 fx_book_pieces(struct fx_cpu *cpu, __u32 account, __s64 ns)
{
	struct fx_account *line = bpf_map_lookup_elem(&fx_accounts, &account);
	struct fx_pieces *pieces = fx_pieces_here();
	__u32 phase;

	if (!line || !pieces || !pieces->cgroup_id)
		return ns;
	if (pieces->switches == cpu->switches && pieces->cgroup_id == line->cgroup_id &&
	    !(line->flags & FX_ACCOUNT_LINKED)) {
		for (phase = 0; phase < FX_PHASES; phase++) {
			__s64 piece = pieces->ns[phase];

			if (piece > ns)
				piece = ns;
			if (piece <= 0)
				continue;
			fx_book_in(cpu, account, line, phase, piece, true);
			ns -= piece;
		}
	}
	pieces->cgroup_id = 0;
	return ns;
}

/* The same of a running slice, whose pieces before its last request's edge are booked as they were. */
static __always_inline struct fx_cgroup *fx_book_slice(struct fx_cpu *cpu, __u32 account, __s64 ns)
{
	if (!fx_skb_task_storage)
		ns = fx_book_pieces(cpu, account, ns);
	return fx_book(cpu, account, ns);
}

static __always_inline void fx_book_idle(struct fx_cpu *cpu, __s64 ns)
{
	if (fx_interrupts && !fx_interrupts_are_apart())
		ns -= fx_take_carved(ns);
	if (fx_read_counters)
		fx_count(fx_idle_counts, FX_PHASE_PRE, ns);
	cpu->idle_ns += ns;
}

static __always_inline void fx_book_steal(struct fx_cpu *cpu, __s64 ns)
{
	if (fx_interrupts && fx_interrupts_are_apart())
		ns -= fx_take_carved(ns);
	cpu->steal_ns += ns;
}

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

static __always_inline struct fx_task *fx_task_of(struct task_struct *task)
{
	return bpf_task_storage_get(&fx_tasks, task, 0, 0);
}

/* What of its run time the task itself has to book: who moved it between
 * cgroups while it ran has booked the rest. Read once for each booking. */
static __always_inline __u64 fx_runtime(struct task_struct *task, struct fx_task *state)
{
	return task->se.sum_exec_runtime - state->moved_ns;
}

/*
 * Books what the current task has used of its slice so far, before an edge
 * changes the account or the phase that the rest belongs to. What the
 * estimate books too much shows as a negative rest at the switch, which
 * takes it back.
 */
static __always_inline void fx_partial(struct fx_cpu *cpu, struct task_struct *current, __u64 mono_ns)
{
	struct fx_task *task = 0;
	__u64 start, clock, clock_task, runtime = 0;
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
		if (!task || elapsed <= 0 || cpu->current_pid != current->pid)
			return; /* what is not known well is booked whole, at its switch */
		runtime = fx_runtime(current, task) + (clock_task - current->se.exec_start);
		used = runtime - task->runtime_ns;
		if (used <= 0)
			return;
		if (used > elapsed)
			used = elapsed;
	}
	/* An interrupt's edge or a flush may have come in between, and booked it. */
	if (__sync_val_compare_and_swap(&cpu->start_clock_task_ns, start, clock_task) != start)
		return;
	if (task) {
		fx_book_slice(cpu, task->account, used);
		task->runtime_ns = runtime;
	} else {
		fx_book_idle(cpu, elapsed);
	}
	fx_book_steal(cpu, (clock - cpu->start_clock_ns) - elapsed);
	cpu->start_clock_ns = clock;
}

/* The same, for hooks that do not have the CPU or the time at hand. */
static __always_inline void fx_partial_now(void)
{
	struct fx_cpu *cpu = fx_this_cpu();
	if (cpu)
		fx_partial(cpu, bpf_get_current_task_btf(), bpf_ktime_get_ns());
}

#endif
