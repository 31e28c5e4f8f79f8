/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Slices that requests split, where the kernel lets no cgroup_skb program
 * read task storage (6.1, 6.12): a request's edge cannot book what the
 * running task has used so far, as it does not know its account. It notes
 * the time by phase instead, and who books the slice next takes that.
 */
#ifndef FX_PIECES_H
#define FX_PIECES_H

#include "bpf/lib/clock.h"

/* Whether this kernel lets cgroup_skb read task storage. Where it does, the
 * verifier removes all of this. */
const volatile bool fx_skb_task_storage = false;

struct fx_pieces {
	__u64 cgroup_id; /* whose; 0: there are none */
	__u64 switches;	 /* the CPU's count: tells which slice they are of */
	__u64 until_ns;	 /* end of the last one, by the run queue's clock_task */
	__u64 ns[FX_PHASES];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fx_pieces);
} fx_pieces SEC(".maps");

static __always_inline __u64 fx_cgroup_id(struct task_struct *task)
{
	return task->cgroups->dfl_cgrp->kn->id;
}

static __always_inline struct fx_pieces *fx_pieces_here(void)
{
	__u32 zero = 0;
	return bpf_map_lookup_elem(&fx_pieces, &zero);
}

/* A sandbox's phase ends now. Its slice is split if it is one of its own
 * tasks that runs here. */
static __always_inline void fx_note_piece(__u64 cgroup_id, __u32 phase)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct fx_pieces *pieces = fx_pieces_here();
	struct fx_cpu *cpu = fx_this_cpu();
	__u64 clock, clock_task;
	__s64 piece;

	if (!pieces || !cpu || !cpu->flushed_mono_ns || cpu->current_task != (__u64)current ||
	    fx_cgroup_id(current) != cgroup_id)
		return;
	clock_task = fx_clock_task_now(cpu, current, bpf_ktime_get_ns(), &clock);
	if (pieces->cgroup_id != cgroup_id || pieces->switches != cpu->switches) {
		__builtin_memset(pieces->ns, 0, sizeof(pieces->ns));
		pieces->until_ns = cpu->start_clock_task_ns;
		pieces->switches = cpu->switches;
		pieces->cgroup_id = cgroup_id;
	}
	piece = clock_task - pieces->until_ns;
	if (piece <= 0)
		return;
	pieces->ns[phase & (FX_PHASES - 1)] += piece;
	pieces->until_ns = clock_task;
}

#endif
