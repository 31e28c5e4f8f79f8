/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Time of softirqs and hard interrupts, carved out of whom they interrupt.
 * Off unless asked for: then nothing of it is in the other programs.
 *
 * What an interrupt took is added to its own account at once, and to
 * `pending_ns` of this CPU; the next booking of the interrupted task or of
 * idle time leaves that much out. So the sum over accounts stays the same.
 */
#ifndef FX_INTERRUPT_H
#define FX_INTERRUPT_H

#include "bpf/lib/clock.h"

const volatile bool fx_interrupts = false;

/* One CPU's interrupts. A hard one may come at any point of a softirq, also
 * while our program runs there: what both touch is added to atomically. */
struct fx_interrupted {
	__u64 soft_since_ns; /* CLOCK_MONOTONIC of the softirq that runs; 0: none */
	__u64 soft_hard_ns;  /* hard_ns at that time: not the softirq's own */
	__u64 hard_since_ns;
	__u64 hard_ns;	     /* of all hard interrupts */
	__s64 pending_ns;    /* to be left out of what is booked next */
	__u32 soft_vector;
	__u32 pad_;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fx_interrupted);
} fx_interrupted SEC(".maps");

/* Accounts by vector; the one after the last softirq is the hard interrupts'. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FX_SOFTIRQS + 1);
	__type(key, __u32);
	__type(value, __u32);
} fx_interrupt_accounts SEC(".maps");

static __always_inline struct fx_interrupted *fx_interrupted_here(void)
{
	__u32 zero = 0;
	return bpf_map_lookup_elem(&fx_interrupted, &zero);
}

/* Where the kernel accounts for interrupts apart, they are not in a task's
 * time but in the difference of the run queue's clocks, which is `steal`. */
struct irqtime {
	__u64 total;
};

static __always_inline bool fx_interrupts_are_apart(void)
{
	return bpf_core_type_exists(struct irqtime);
}

/* Of `ns` that are about to be booked, what interrupts took. A rest that two
 * clocks' difference leaves is taken from what comes next. */
static __always_inline __s64 fx_take_carved(__s64 ns)
{
	struct fx_interrupted *here = fx_interrupted_here();
	__s64 carved;

	if (!here)
		return 0;
	carved = here->pending_ns < ns ? here->pending_ns : ns;
	if (carved <= 0)
		return 0;
	__sync_fetch_and_add(&here->pending_ns, -carved);
	return carved;
}

#endif
