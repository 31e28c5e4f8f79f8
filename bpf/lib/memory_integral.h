/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * The integral of a sandbox's memory over time. Both the programs and user
 * space bring it forward, on several CPUs at once: who moves
 * memory_since_ns on adds what lies between. Also compiled as C++ and tested
 * there.
 */
#ifndef FX_MEMORY_INTEGRAL_H
#define FX_MEMORY_INTEGRAL_H

#include "bpf/lib/phase.h"

#define FX_MEMORY_INLINE static inline __attribute__((always_inline))

/* Adds what was charged at the last sample, for the time since, to the state
 * that the sandbox is in. To be called before that state changes. */
FX_MEMORY_INLINE void fx_memory_advance(struct fx_cgroup *cgroup, __u64 now_ns)
{
	__u64 since = cgroup->memory_since_ns;
	__u32 state = fx_memory_state_of(cgroup->flags, cgroup->in_flight) & (FX_MEMORY_STATES - 1);
	__u64 pages = cgroup->memory_pages;
	__u64 us;

	if (!since || now_ns <= since || now_ns - since < 1000)
		return;
	us = (now_ns - since) / 1000;
	/* The rest of a microsecond stays for the next one. */
	if (__sync_val_compare_and_swap(&cgroup->memory_since_ns, since, since + us * 1000) == since)
		__sync_fetch_and_add(&cgroup->page_us[state], pages * us);
}

/* A sample: what is charged from now on. Charges change while a task runs,
 * which it did for the last `ran_ns`: there it counts half way between the
 * samples. `peak` is as the kernel keeps it; 0: unknown. */
FX_MEMORY_INLINE void fx_memory_take(struct fx_cgroup *cgroup, __u64 pages, __u64 peak, __u64 now_ns, __u64 ran_ns)
{
	if (!cgroup->memory_since_ns) {
		__sync_val_compare_and_swap(&cgroup->memory_since_ns, 0, now_ns);
	} else if (!ran_ns || cgroup->memory_pages == pages) {
		fx_memory_advance(cgroup, now_ns);
	} else {
		fx_memory_advance(cgroup, now_ns - ran_ns);
		cgroup->memory_pages = (cgroup->memory_pages + pages) / 2;
		fx_memory_advance(cgroup, now_ns);
	}
	cgroup->memory_pages = pages;
	if (peak < pages)
		peak = pages;
	if (peak > cgroup->memory_peak_pages)
		cgroup->memory_peak_pages = peak;
}

/* The sandbox's cgroup is gone, or it has no memory cgroup: the integral
 * stays as it is. */
FX_MEMORY_INLINE void fx_memory_close(struct fx_cgroup *cgroup, __u64 now_ns)
{
	fx_memory_advance(cgroup, now_ns);
	cgroup->memory_since_ns = FX_MEMORY_NEVER;
}

#endif
