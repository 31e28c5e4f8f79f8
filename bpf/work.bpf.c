// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/* Kernel workers: a worker books to the account of the function of its work
 * item. On-CPU time only: a slice is a slice. What it takes to come to the
 * item after a wakeup, and to go to sleep after it, is the item's as well: for
 * short ones that is most of it. */
#include "bpf/lib/account.h"

static __always_inline __u32 fx_work_account(__u64 function)
{
	__u32 *known = bpf_map_lookup_elem(&fx_work, &function);
	struct fx_account *line;
	__u32 account;

	if (known)
		return *known;
	account = fx_open_account(0, 0, FX_ACCOUNT_WORK | FX_ACCOUNT_KTHREAD);
	line = bpf_map_lookup_elem(&fx_accounts, &account);
	if (!account || !line)
		return 0;
	line->work_function = function;
	__builtin_memcpy(line->comm, "kworker", 8);
	if (bpf_map_update_elem(&fx_work, &function, &account, BPF_NOEXIST)) {
		/* Another CPU was first, or the map is full. */
		known = bpf_map_lookup_elem(&fx_work, &function);
		bpf_map_push_elem(&fx_free_accounts, &account, 0);
		if (!known)
			fx_lost(FX_LOSS_MAP);
		return known ? *known : 0;
	}
	fx_announce(account, 0, 0, FX_ORIGIN_WORK);
	return account;
}

SEC("tp_btf/workqueue_execute_start")
int BPF_PROG(fx_work_start, struct work_struct *work)
{
	__u32 account = fx_work_account((__u64)work->func);
	struct fx_task *state = fx_settle_in(bpf_get_current_task_btf());
	struct fx_cpu *cpu = fx_this_cpu();

	if (!state || !cpu)
		return 0;
	/* Not asleep since the last item: its time ends here. */
	if (state->work_switches == cpu->switches)
		fx_partial_now();
	state->account = account ? account : state->home;
	return 0;
}

/* raw_tp: the second argument is a function pointer, which tp_btf refuses. */
SEC("raw_tp/workqueue_execute_end")
int fx_work_end(void *ctx)
{
	struct fx_task *state = fx_task_of(bpf_get_current_task_btf());
	struct fx_cpu *cpu = fx_this_cpu();

	if (state && cpu)
		state->work_switches = cpu->switches;
	return 0;
}
