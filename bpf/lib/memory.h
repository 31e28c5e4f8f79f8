/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* What a task's memory cgroup is charged with, on v1, hybrid and v2 alike. */
#ifndef FX_MEMORY_H
#define FX_MEMORY_H

#include "bpf/lib/maps.h"

#define FX_PAGE_SHIFT 12 /* of x86_64 and most arm64 kernels */

static __always_inline __u64 fx_memory_bytes(struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup_subsys_state *css = 0;
	struct mem_cgroup *memcg;
	long long pages = 0;
	__u32 id;

	if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		return 0;
	id = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
	bpf_probe_read_kernel(&css, sizeof(css),
			      (void *)set + bpf_core_field_offset(struct css_set, subsys) + id * sizeof(void *));
	if (!css)
		return 0;
	memcg = (void *)css - bpf_core_field_offset(struct mem_cgroup, css);
	bpf_probe_read_kernel(&pages, sizeof(pages),
			      (void *)memcg + bpf_core_field_offset(struct mem_cgroup, memory) +
				      bpf_core_field_offset(struct page_counter, usage));
	return pages < 0 ? 0 : (__u64)pages << FX_PAGE_SHIFT;
}

#endif
