/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Which bucket a slice belongs to. Pure: also compiled as C++ and tested there. */
#ifndef FX_PHASE_H
#define FX_PHASE_H

#include "bpf/abi/fx_abi.h"

/* A request in flight outlasts the stop: what SIGTERM finds open stays
 * `handle` until it is answered. */
static inline __attribute__((always_inline)) __u32 fx_phase_of(__u32 flags, __s32 in_flight)
{
	if ((flags & FX_CGROUP_READY) && in_flight > 0)
		return FX_PHASE_BUSY;
	if (flags & FX_CGROUP_STOPPED)
		return FX_PHASE_STOP;
	if (flags & FX_CGROUP_READY)
		return FX_PHASE_IDLE;
	if (flags & FX_CGROUP_EXECED)
		return FX_PHASE_RUN;
	return FX_PHASE_PRE;
}

#endif
