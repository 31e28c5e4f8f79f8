/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Which bucket a slice belongs to, and which state memory. Pure: also compiled as C++ and tested there. */
#ifndef FX_PHASE_H
#define FX_PHASE_H

#include "bpf/abi/fx_abi.h"

/*
 * `requests` are in flight, `opaque` of them known by byte edges alone, and
 * `probes` beside them. A request outlasts the stop: what SIGTERM finds open
 * stays `handle` until it is answered. A probe does not.
 */
static inline __attribute__((always_inline)) __u32 fx_phase_of(__u32 flags, __s32 requests, __s32 probes,
							       __s32 opaque)
{
	if ((flags & FX_CGROUP_READY) && requests > 0)
		return requests > opaque ? FX_PHASE_BUSY : FX_PHASE_OPAQUE;
	if (flags & FX_CGROUP_STOPPED)
		return FX_PHASE_STOP;
	if (flags & FX_CGROUP_READY)
		return probes > 0 ? FX_PHASE_PROBE : FX_PHASE_IDLE;
	if (flags & FX_CGROUP_EXECED)
		return FX_PHASE_RUN;
	return FX_PHASE_PRE;
}

/* Which state a sandbox's memory is booked by. Health probes leave it idle. */
static inline __attribute__((always_inline)) __u32 fx_memory_state_of(__u32 flags, __s32 in_flight)
{
	if (flags & FX_CGROUP_STOPPED)
		return FX_MEMORY_STOPPING;
	if (!(flags & FX_CGROUP_READY))
		return FX_MEMORY_STARTING;
	return in_flight > 0 ? FX_MEMORY_BUSY : FX_MEMORY_IDLE;
}

#endif
