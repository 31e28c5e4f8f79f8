// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/* Kernel workers: while a work item runs, its worker books to the account of
 * the work's function. On-CPU time only: a slice is a slice. */
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

static __always_inline void fx_book_work(__u32 account)
{
	struct fx_task *state = fx_settle_in(bpf_get_current_task_btf());

	if (!state)
		return;
	fx_partial_now();
	state->account = account ? account : state->home;
}

SEC("tp_btf/workqueue_execute_start")
int BPF_PROG(fx_work_start, struct work_struct *work)
{
	fx_book_work(fx_work_account((__u64)work->func));
	return 0;
}

/* raw_tp: the second argument is a function pointer, which tp_btf refuses. */
SEC("raw_tp/workqueue_execute_end")
int fx_work_end(void *ctx)
{
	fx_book_work(0);
	return 0;
}
