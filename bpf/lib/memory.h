/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Samples of what a sandbox's memory cgroup is charged with, on v1, hybrid
 * and v2 alike, taken from a task that is in it.
 */
#ifndef FX_MEMORY_H
#define FX_MEMORY_H

#include "bpf/lib/account.h"
#include "bpf/lib/memory_integral.h"

/* Charges change while the sandbox's tasks run, so a sample is due when one
 * stops running; not more often than this, which is what bounds its cost. One
 * that finds nothing new doubles the wait. */
#define FX_MEMORY_LEAST_WAIT 100 /* of 1,024 ns */
#define FX_MEMORY_MOST_WAIT 400
#define FX_MEMORY_SEARCH_WAIT 50000 /* while its memory cgroup is not found: an exec looks at once, and so do edges */
#define FX_MEMORY_LEVELS 4 /* of cgroups below a sandbox that are looked through */
#define FX_CGROUP_NAME 64

static __always_inline struct cgroup_subsys_state *fx_memory_css(struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup_subsys_state *css = 0;
	__u32 id;

	if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		return 0;
	id = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
	bpf_probe_read_kernel(&css, sizeof(css),
			      (void *)set + bpf_core_field_offset(struct css_set, subsys) + id * sizeof(void *));
	return css;
}

/* The name of the sandbox's own v2 cgroup, where `task` may be some levels below. */
static __always_inline bool fx_cgroup_name(struct task_struct *task, __u64 cgroup_id, char name[FX_CGROUP_NAME])
{
	struct cgroup *cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);

	for (int level = 0; level < FX_MEMORY_LEVELS && cgroup; ++level) {
		if (BPF_CORE_READ(cgroup, kn, id) == cgroup_id)
			return bpf_probe_read_kernel_str(name, FX_CGROUP_NAME, BPF_CORE_READ(cgroup, kn, name)) > 0;
		cgroup = BPF_CORE_READ(cgroup, self.parent, cgroup);
	}
	return false;
}

/*
 * Finds the sandbox's memory cgroup among those that `task` is in: the
 * sandbox's own v2 cgroup, or in the hierarchy of a v1 controller the one of
 * the same name, as every runtime makes them. None of these: the task is in
 * the cgroup of somebody else, whose memory is not the sandbox's.
 */
static __noinline __u64 fx_memory_find(struct task_struct *task, __u64 cgroup_id)
{
	struct cgroup_subsys_state *css = fx_memory_css(task);
	char wanted[FX_CGROUP_NAME] = {};

	if (!fx_cgroup_name(task, cgroup_id, wanted))
		return 0;
	for (int level = 0; level < FX_MEMORY_LEVELS && css; ++level) {
		struct kernfs_node *node = BPF_CORE_READ(css, cgroup, kn);
		char name[FX_CGROUP_NAME] = {};
		__u64 id = BPF_CORE_READ(node, id);

		if (!BPF_CORE_READ(css, parent))
			return 0; /* the root */
		bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(node, name));
		if (id == cgroup_id || __builtin_memcmp(name, wanted, sizeof(name)) == 0)
			return id;
		css = BPF_CORE_READ(css, parent);
	}
	return 0;
}

/* The counter of the memory cgroup `id`, which `task` is in or below. */
static __always_inline struct page_counter *fx_memory_counter(struct task_struct *task, __u64 id)
{
	struct cgroup_subsys_state *css = fx_memory_css(task);

	for (int level = 0; level < FX_MEMORY_LEVELS && css; ++level) {
		if (BPF_CORE_READ(css, cgroup, kn, id) == id)
			return (void *)css - bpf_core_field_offset(struct mem_cgroup, css) +
			       bpf_core_field_offset(struct mem_cgroup, memory);
		css = BPF_CORE_READ(css, parent);
	}
	return 0;
}

/* In units that a shift gives: this is on the way of every switch. */
static __always_inline __u32 fx_memory_moment(__u64 now_ns)
{
	return now_ns >> 10;
}

static __always_inline __u32 fx_memory_longer(__u32 wait, __u32 most)
{
	wait *= 2;
	if (wait < FX_MEMORY_LEAST_WAIT)
		return FX_MEMORY_LEAST_WAIT;
	return wait < most ? wait : most;
}

/* Brings the integral of `cgroup` to now, by what `task` of it shows. A task
 * of it has run on this CPU for the last `ran_ns`. */
static __noinline void fx_memory_sample(struct fx_cgroup *cgroup, struct task_struct *task, __u64 now_ns,
					__u64 ran_ns)
{
	struct page_counter *counter;
	__u64 limit;
	long long pages;

	cgroup->memory_sampled = fx_memory_moment(now_ns);
	cgroup->memory_wait = fx_memory_longer(cgroup->memory_wait,
					       cgroup->memory_id ? FX_MEMORY_MOST_WAIT : FX_MEMORY_SEARCH_WAIT);
	if (cgroup->memory_since_ns == FX_MEMORY_NEVER)
		return;
	if (!cgroup->memory_id) {
		/* The runtime joins one hierarchy after the other; by the exec it is done.
		 * A child that is born in its cgroup joins v1's by itself, before it listens. */
		cgroup->memory_id = fx_memory_find(task, cgroup->id);
		if (!cgroup->memory_id) {
			if ((cgroup->flags & FX_CGROUP_READY) ||
			    (cgroup->flags & (FX_CGROUP_EXECED | FX_CGROUP_SPAWNED)) == FX_CGROUP_EXECED)
				cgroup->memory_since_ns = FX_MEMORY_NEVER;
			return;
		}
	}
	counter = fx_memory_counter(task, cgroup->memory_id);
	if (!counter) {
		fx_memory_advance(cgroup, now_ns);
		return;
	}
	pages = BPF_CORE_READ(counter, usage.counter);
	if (pages != (long long)cgroup->memory_pages)
		cgroup->memory_wait = FX_MEMORY_LEAST_WAIT;
	limit = BPF_CORE_READ(counter, max);
	cgroup->memory_limit_pages = limit > 0xffffffff ? 0 : limit;
	fx_memory_take(cgroup, pages < 0 ? 0 : pages, BPF_CORE_READ(counter, watermark), now_ns, ran_ns);
}

/* The same for the current task, in the middle of its slice. */
static __always_inline void fx_memory_sample_now(struct fx_cgroup *cgroup)
{
	struct fx_cpu *cpu = fx_this_cpu();
	__u64 now_ns = bpf_ktime_get_ns();
	__s64 ran_ns = cpu ? now_ns - (cpu->start_clock_ns + cpu->clock_offset_ns) : 0;

	fx_memory_sample(cgroup, bpf_get_current_task_btf(), now_ns, ran_ns > 0 ? ran_ns : 0);
}

/* At the end of a slice of a task of `cgroup`. */
static __always_inline void fx_memory_switch(struct fx_cgroup *cgroup, struct task_struct *prev, __u64 now_ns,
					     __u64 ran_ns)
{
	if (fx_memory_moment(now_ns) - cgroup->memory_sampled >= cgroup->memory_wait ||
	    (prev->__state & FX_TASK_DEAD))
		fx_memory_sample(cgroup, prev, now_ns, ran_ns);
}

#endif
