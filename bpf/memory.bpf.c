// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/* A task that has its CPU for itself does not switch: a clock looks at its
 * sandbox's memory. User space opens it on each CPU, and runs it only while
 * there are sandboxes. */
#include "bpf/lib/memory.h"

SEC("perf_event")
int fx_memory_tick(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct fx_cgroup *cgroup;

	if (!task->pid)
		return 0;
	cgroup = fx_sandbox_entry(fx_entry_of(fx_cgroup_id(task)));
	if (cgroup)
		fx_memory_sample_now(cgroup);
	return 0;
}
