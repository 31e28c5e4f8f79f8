// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/* A hardware counter has counted another period: all of it goes to whom it
 * finds running. For nodes where counting costs little and reading much. The
 * overflow may be an NMI: nothing here takes a lock. */
#include "bpf/lib/account.h"

static __always_inline struct fx_counts *fx_sampled_line(__u32 *phase)
{
	struct task_struct *current = bpf_get_current_task_btf();
	__u32 account = fx_idle_counts;
	struct fx_cgroup *sandbox;
	struct fx_account *line;
	struct fx_task *task;

	*phase = FX_PHASE_PRE;
	if (current->pid) {
		task = fx_task_of(current);
		account = task ? task->account : 0;
		line = bpf_map_lookup_elem(&fx_accounts, &account);
		if (line)
			*phase = fx_phase_of_line(line, &sandbox);
	}
	return bpf_map_lookup_elem(&fx_counts, &account);
}

SEC("perf_event")
int fx_sample_cycles(struct bpf_perf_event_data *context)
{
	__u32 phase;
	struct fx_counts *line = fx_sampled_line(&phase);

	if (line && fx_counting)
		__sync_fetch_and_add(&line->cycles[phase & (FX_PHASES - 1)], fx_sample_period);
	return 0;
}

SEC("perf_event")
int fx_sample_instructions(struct bpf_perf_event_data *context)
{
	__u32 phase;
	struct fx_counts *line = fx_sampled_line(&phase);

	if (line && fx_counting)
		__sync_fetch_and_add(&line->instructions[phase & (FX_PHASES - 1)], fx_sample_period);
	return 0;
}
