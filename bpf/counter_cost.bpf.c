// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/* What it costs a BPF program on this node to read a hardware counter: run
 * once by user space, before it decides how cycles are to be counted. */
#include "bpf/kernel/fx_kernel.h"

#include <bpf/bpf_helpers.h>

#include "bpf/abi/fx_abi.h"

const volatile __u32 fx_cost_reads = 64;

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__uint(max_entries, FX_MAX_CPUS);
} fx_cost_events SEC(".maps");

/* Returns the nanoseconds of all readings. */
SEC("raw_tp/faastax_counter_cost")
int fx_counter_cost(void *context)
{
	struct bpf_perf_event_value value = {};
	__u64 start = bpf_ktime_get_ns();
	__u32 i;

	for (i = 0; i < fx_cost_reads && i < 1000; i++) {
		if (bpf_perf_event_read_value(&fx_cost_events, BPF_F_CURRENT_CPU, &value, sizeof(value)))
			return 0;
	}
	return (int)(bpf_ktime_get_ns() - start);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
