/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * A peer: what the one-liner of a tracing language comes to,
 *
 *     sched_switch { @[cgroup] = sum(nsecs - @start[cpu]); @start[cpu] = nsecs }
 *
 * on-CPU time summed by the v2 cgroup of the task that leaves, in a per-CPU
 * hash, by the monotonic clock. It knows no instance, no activity and no name.
 * A raw tracepoint, as tracefs need not be mounted; the language would take the
 * slower tracepoint.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, __u64);
} sum_ns SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} started_ns SEC(".maps");

SEC("raw_tp/sched_switch")
int peer_switch(void *context)
{
	__u32 zero = 0;
	__u64 now = bpf_ktime_get_ns();
	__u64 id = bpf_get_current_cgroup_id();
	__u64 *start = bpf_map_lookup_elem(&started_ns, &zero);
	__u64 *sum, first;

	if (!start)
		return 0;
	first = now - *start;
	if (*start && (__u32)bpf_get_current_pid_tgid()) {
		sum = bpf_map_lookup_elem(&sum_ns, &id);
		if (sum)
			*sum += first;
		else
			bpf_map_update_elem(&sum_ns, &id, &first, BPF_NOEXIST);
	}
	*start = now;
	return 0;
}
