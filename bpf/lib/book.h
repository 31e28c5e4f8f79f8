/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Adding time to buckets: the only places where an account grows. */
#ifndef FX_BOOK_H
#define FX_BOOK_H

#include "bpf/lib/counters.h"
#include "bpf/lib/interrupt.h"
#include "bpf/lib/phase.h"
#include "bpf/lib/pieces.h"

/* User space wants every slice. */
const volatile bool fx_keep_slices = false;

/* A fault to inject: slices dropped, of 100. Only the test of the books sets it. */
const volatile __u32 fx_drop_percent = 0;

/*
 * Whether a booking has more to do than to add, by what user space asked for
 * at load. Each CPU keeps the answer in the line that a switch has at hand:
 * the options themselves are in another page, which a CPU that was idle would
 * have to fetch.
 */
static __always_inline bool fx_extras(void)
{
	return fx_interrupts || fx_read_counters || fx_keep_slices || fx_drop_percent || !fx_skb_task_storage;
}

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

/* What a booking does beside adding; returns what is to be added. `here`: it
 * ran on this CPU, whose counters and interrupts go with it. */
static __noinline __s64 fx_book_extras(__u32 account, __u32 phase, __s64 ns, bool here)
{
	struct fx_account *line = bpf_map_lookup_elem(&fx_accounts, &account);

	if (!line)
		return ns;
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
	return ns;
}

/* Where adding is all that is to be done. Returns the sandbox that the account is of, if it is. */
static __always_inline struct fx_cgroup *fx_book_plain(struct fx_account *line, __s64 ns)
{
	struct fx_cgroup *sandbox;
	__u32 phase = fx_phase_of_line(line, &sandbox) & (FX_PHASES - 1);

	__sync_fetch_and_add(&line->ns[phase], ns);
	return sandbox;
}

static __always_inline void fx_book_in(struct fx_cpu *cpu, __u32 account, struct fx_account *line, __u32 phase,
				       __s64 ns, bool here)
{
	if (cpu->extras)
		ns = fx_book_extras(account, phase, ns, here);
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
	struct fx_pieces *pieces = fx_skb_task_storage ? 0 : fx_pieces_here();
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
	if (cpu->extras)
		ns = fx_book_pieces(cpu, account, ns);
	return fx_book(cpu, account, ns);
}

static __noinline __s64 fx_idle_extras(__s64 ns)
{
	if (fx_interrupts && !fx_interrupts_are_apart())
		ns -= fx_take_carved(ns);
	if (fx_read_counters)
		fx_count(fx_idle_counts, FX_PHASE_PRE, ns);
	return ns;
}

static __always_inline void fx_book_idle(struct fx_cpu *cpu, __s64 ns)
{
	cpu->idle_ns += cpu->extras ? fx_idle_extras(ns) : ns;
}

static __noinline __s64 fx_steal_extras(__s64 ns)
{
	return fx_interrupts && fx_interrupts_are_apart() ? ns - fx_take_carved(ns) : ns;
}

static __always_inline void fx_book_steal(struct fx_cpu *cpu, __s64 ns)
{
	if (cpu->extras)
		ns = fx_steal_extras(ns);
	if (ns)
		cpu->steal_ns += ns;
}

#endif
