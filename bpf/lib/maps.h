/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* The maps that the programs share. All programs are one translation unit: libbpf 1.1 does not
 * relocate maps that several linked objects share (faastax.bpf.c). */
#ifndef FX_MAPS_H
#define FX_MAPS_H

#include "bpf/lib/map_types.h"

struct fx_accounts_map fx_accounts SEC(".maps");
struct fx_cgroups_map fx_cgroups SEC(".maps");
struct fx_tasks_map fx_tasks SEC(".maps");
struct fx_slots_map fx_slots SEC(".maps");
struct fx_processes_map fx_processes SEC(".maps");
struct fx_cgroup_ids_map fx_cgroup_ids SEC(".maps");
struct fx_free_map fx_free_accounts SEC(".maps");
struct fx_free_map fx_free_cgroups SEC(".maps");
struct fx_work_map fx_work SEC(".maps");
struct fx_programs_map fx_programs SEC(".maps");
struct fx_connections_map fx_connections SEC(".maps");
struct fx_greetings_map fx_greetings SEC(".maps");
struct fx_streams_map fx_streams SEC(".maps");
struct fx_edges_map fx_edges SEC(".maps");
struct fx_slices_map fx_slices SEC(".maps");
struct fx_losses_map fx_losses SEC(".maps");

/* A line of each CPU. Not a map of its own: every switch asks for one, and an
 * address is had without a jump. */
struct fx_cpu fx_cpus[FX_MAX_CPUS] __attribute__((aligned(128))) = {};

static __always_inline struct fx_cpu *fx_cpu_of(__u32 number)
{
	return number < FX_MAX_CPUS ? &fx_cpus[number] : 0;
}

static __always_inline void fx_lost(__u32 cause)
{
	__u64 *count = bpf_map_lookup_elem(&fx_losses, &cause);
	if (count)
		*count += 1; /* its own CPU's line */
}

#endif
