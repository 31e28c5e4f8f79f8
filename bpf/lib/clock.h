/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Time inside a slice. At sched_switch the run queue's clocks and the
 * task's sum_exec_runtime are fresh and cost two loads. At an edge they are
 * stale by up to a tick, so an edge reads CLOCK_MONOTONIC and brings it to
 * the run queue's clock by an offset that fx_switch keeps.
 */
#ifndef FX_CLOCK_H
#define FX_CLOCK_H

#include "bpf/lib/maps.h"

/* Two clocks drift apart by parts per million: 16 ms keeps that under 1 µs. */
#define FX_CALIBRATE_NS (16 * 1000 * 1000)

static __always_inline struct fx_cpu *fx_this_cpu(void)
{
	__u32 cpu = bpf_get_smp_processor_id();
	return bpf_map_lookup_elem(&fx_cpus, &cpu);
}

static __always_inline struct rq *fx_rq(struct task_struct *task)
{
	return task->se.cfs_rq->rq;
}

/* The run queue's clock_task, now, without its lock. */
static __always_inline __u64 fx_clock_task_now(struct fx_cpu *cpu, struct task_struct *current, __u64 mono_ns,
					       __u64 *clock)
{
	struct rq *rq = fx_rq(current);
	__u64 stale = rq->clock;
	__u64 now = mono_ns - cpu->clock_offset_ns;

	if ((__s64)(now - stale) < 0)
		now = stale;
	*clock = now;
	return rq->clock_task + (now - stale);
}

#endif
