/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * The yardstick: a program at sched_switch that does nothing. What the kernel
 * counts for it is what counting itself costs, and ours is measured above it.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tp_btf/sched_switch")
int fx_empty(void *context)
{
	return 0;
}
