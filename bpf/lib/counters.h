/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Hardware counters beside the time. Where a reading is cheap they are read
 * at each booking; where it is not, only in short windows that user space
 * opens; or an overflow books its period to who runs (counters.bpf.c).
 * Without counters the verifier removes all of it.
 */
#ifndef FX_COUNTERS_H
#define FX_COUNTERS_H

#include "bpf/lib/maps.h"

const volatile bool fx_read_counters = false;	  /* at bookings, while fx_counting */
const volatile __u64 fx_sample_period = 0;	  /* of an overflow; 0: none is booked */
const volatile bool fx_has_instructions = false;
const volatile __u32 fx_idle_counts = 0; /* index of the idle tasks' line */

/* The window in which counters run and are read, by number; 0: none. */
__u32 fx_counting = 0;

/* A counter's values when this CPU read it last. */
struct fx_counter {
	__u64 value;
	__u64 enabled_ns;
	__u64 running_ns;
};

struct fx_cpu_counters {
	struct fx_counter cycles;
	struct fx_counter instructions;
	__u32 window; /* of those readings */
	__u32 pad_;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fx_cpu_counters);
} fx_cpu_counters SEC(".maps");

struct fx_perf_events {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__uint(max_entries, FX_MAX_CPUS);
};
struct fx_perf_events fx_cycle_events SEC(".maps");
struct fx_perf_events fx_instruction_events SEC(".maps");

/* Lines beside those of fx_accounts, of one entry where nothing counts. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FX_MAX_ACCOUNTS + 1);
	__type(key, __u32);
	__type(value, struct fx_counts);
} fx_counts SEC(".maps");

/* Who takes an account over begins at 0. */
static __always_inline void fx_reset_counts(__u32 account)
{
	struct fx_counts *line = fx_read_counters || fx_sample_period ? bpf_map_lookup_elem(&fx_counts, &account) : 0;

	if (line)
		__builtin_memset(line, 0, sizeof(*line));
}

/* What a counter has grown by since this CPU's last reading. False where it
 * did not run all the time: it shares the hardware with others, and what it
 * says would have to be scaled up. A flush that comes in between has booked it
 * itself, and its reading is the later one. */
static __always_inline bool fx_advance(void *events, struct fx_counter *last, __u64 *grown)
{
	struct bpf_perf_event_value now = {};
	bool whole;

	*grown = 0;
	if (bpf_perf_event_read_value(events, BPF_F_CURRENT_CPU, &now, sizeof(now)))
		return false;
	whole = now.enabled - last->enabled_ns == now.running - last->running_ns;
	*grown = now.counter - last->value;
	if ((__s64)*grown < 0) {
		*grown = 0;
		return false;
	}
	last->value = now.counter;
	last->enabled_ns = now.enabled;
	last->running_ns = now.running;
	return whole;
}

/* Books what was counted on this CPU since its last reading to a line's
 * bucket, `ns` of its time beside it. */
static __noinline int fx_count(__u32 account, __u32 phase, __s64 ns)
{
	struct fx_counts *line = bpf_map_lookup_elem(&fx_counts, &account);
	__u32 window = fx_counting;
	__u32 zero = 0;
	struct fx_cpu_counters *cpu = bpf_map_lookup_elem(&fx_cpu_counters, &zero);
	__u64 cycles = 0, instructions = 0;
	bool whole;

	if (!line || !cpu || !window)
		return 0;
	whole = fx_advance(&fx_cycle_events, &cpu->cycles, &cycles);
	if (fx_has_instructions)
		whole &= fx_advance(&fx_instruction_events, &cpu->instructions, &instructions);
	if (cpu->window != window) { /* the first reading in it */
		cpu->window = window;
		return 0;
	}
	if (!whole) {
		__sync_fetch_and_add(&line->refused, 1);
		return 0;
	}
	phase &= FX_PHASES - 1;
	__sync_fetch_and_add(&line->cycles[phase], cycles);
	__sync_fetch_and_add(&line->instructions[phase], instructions);
	__sync_fetch_and_add(&line->counted_ns, ns);
	return 0;
}

#endif
