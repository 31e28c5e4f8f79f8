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
#define FX_DRIFT_SHIFT 13 /* 122 parts per million */

/* A running CPU updates its clock at least at every tick (10 ms at HZ=100).
 * One that has not was not running: its hypervisor had taken it away. */
#define FX_TICK_NS (12 * 1000 * 1000)

static __always_inline struct fx_cpu *fx_this_cpu(void)
{
	return fx_cpu_of(bpf_get_smp_processor_id());
}

static __always_inline struct rq *fx_rq(struct task_struct *task)
{
	return task->se.cfs_rq->rq;
}

/*
 * Learns the offset between the clocks, at sched_switch. The run queue's
 * clock may lag there: after a wakeup the scheduler skips an update, and a
 * hypervisor can take the CPU away in between. So a sample is never too
 * small, and the smallest is right, save for drift.
 */
static __noinline void fx_calibrate(struct fx_cpu *cpu, __u64 clock)
{
	__s64 sample = bpf_ktime_get_ns() - clock;
	__s64 step = (clock - cpu->calibrated_ns) >> FX_DRIFT_SHIFT;

	if (!cpu->calibrated_ns || sample - cpu->clock_offset_ns < step)
		cpu->clock_offset_ns = sample;
	else
		cpu->clock_offset_ns += step;
	cpu->calibrated_ns = clock;
}

/* The run queue's clocks, now, without its lock. Time that was stolen since
 * their last update is not known to be: unless it exceeds a tick, it counts
 * as used, and the switch that follows takes it back. */
static __always_inline __u64 fx_clock_task_now(struct fx_cpu *cpu, struct task_struct *current, __u64 mono_ns,
					       __u64 *clock)
{
	struct rq *rq = fx_rq(current);
	__s64 since = mono_ns - cpu->clock_offset_ns - rq->clock;

	if (since < 0)
		since = 0;
	*clock = rq->clock + since;
	if (current->pid && since > FX_TICK_NS)
		since = 0;
	return rq->clock_task + since;
}

#endif
