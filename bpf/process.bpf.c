// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/* Processes: begun, renamed, ended. Exec has a file of its own. */
#include "bpf/lib/memory.h"

/*
 * What the current task has used since it was last booked, if its child is
 * born in a sandbox that it is not in itself: a template process wakes up for
 * a fork, so this is the fork's cost.
 */
static __always_inline void fx_cost_of_fork(struct fx_task *parent, __u64 cgroup_id, struct fx_forked *from)
{
	struct fx_cgroup *cgroup = fx_sandbox_entry(fx_entry_of(cgroup_id));
	struct fx_account *line;
	__u64 before;
	__s64 used;

	if (!parent || !cgroup || (cgroup->flags & (FX_CGROUP_SPAWNED | FX_CGROUP_ENTERED)) != FX_CGROUP_SPAWNED)
		return;
	line = bpf_map_lookup_elem(&fx_accounts, &parent->home);
	if (!parent->home || !line || line->phase_cgroup)
		return;
	before = line->ns[FX_PHASE_PRE];
	fx_partial_now();
	from->account = parent->home;
	from->serial = line->serial;
	used = line->ns[FX_PHASE_PRE] - before;
	/* Another thread of it may just have taken an estimate back. */
	if (used > 0)
		from->ns = used;
}

/* Runs in the parent, before the child's first slice. A child made by
 * clone3(CLONE_INTO_CGROUP) is in its cgroup already: no attach event tells. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(fx_fork, struct task_struct *parent, struct task_struct *child)
{
	struct fx_task *from = fx_settle_in(parent);
	struct fx_task *state = fx_task_begun(child);
	struct css_set *set = child->cgroups; /* read once: a move may come in between */
	__u64 cgroup_id = set->dfl_cgrp->kn->id;
	struct fx_forked forked = {};
	struct fx_account *line;
	__u32 account;

	if (!state) {
		fx_lost(FX_LOSS_TASK_STORAGE);
		return 0;
	}
	state->css_set = (__u64)set;
	state->cgroup_id = cgroup_id;
	if (child->tgid == parent->tgid && from && from->cgroup_id == cgroup_id) {
		account = from->home;
		line = bpf_map_lookup_elem(&fx_accounts, &account);
		if (account && line)
			__sync_fetch_and_add(&line->tasks, 1);
		state->account = state->home = account;
		return 0;
	}
	account = fx_open_account(cgroup_id, child->tgid,
				  (child->flags & FX_PF_KTHREAD) ? FX_ACCOUNT_KTHREAD : 0);
	state->account = state->home = account;
	line = bpf_map_lookup_elem(&fx_accounts, &account);
	if (!account || !line)
		return 0;
	bpf_probe_read_kernel(line->comm, FX_NAME_LEN, &child->comm);
	fx_inherit(account, from ? from->home : 0);
	fx_announce(account, from ? from->home : 0, parent->tgid, FX_ORIGIN_FORK);
	fx_cost_of_fork(from, cgroup_id, &forked);
	fx_enter_forked(cgroup_id, account, &forked);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(fx_exit, struct task_struct *task)
{
	struct fx_task *state;
	struct fx_cgroup *cgroup;
	struct fx_account *line;
	struct fx_edge_exit *edge;
	bool main;

	if (task->signal->live.counter > 0)
		return 0;
	state = fx_settle_in(task);
	if (!state)
		return 0;
	cgroup = fx_sandbox_entry(fx_entry_of(state->cgroup_id));
	main = cgroup && cgroup->main_tgid == task->tgid;
	if (cgroup)
		fx_memory_sample_now(cgroup);
	if (main) {
		fx_partial_now();
		__sync_fetch_and_or(&cgroup->flags, FX_CGROUP_STOPPED);
	}
	line = bpf_map_lookup_elem(&fx_accounts, &state->home);
	edge = fx_reserve(sizeof(*edge), FX_EDGE_EXIT);
	if (!edge)
		return 0;
	edge->account = state->home;
	edge->serial = line ? line->serial : 0;
	edge->tgid = task->tgid;
	edge->status = task->exit_code;
	edge->cgroup_id = state->cgroup_id;
	edge->main = main;
	edge->pad_ = 0;
	bpf_ringbuf_submit(edge, FX_QUIET);
	return 0;
}

/* prctl(PR_SET_NAME) of a leader: how daemons and our own lab name a
 * process that was forked and not exec'd. */
SEC("tp_btf/task_rename")
int BPF_PROG(fx_rename, struct task_struct *task, const char *comm)
{
	struct fx_task *state;
	struct fx_account *line;
	struct fx_edge_rename *edge;

	if (task->pid != task->tgid || (task->flags & FX_PF_KTHREAD))
		return 0;
	state = fx_task_of(task);
	line = state ? bpf_map_lookup_elem(&fx_accounts, &state->home) : 0;
	if (!line || !state->home)
		return 0;
	bpf_probe_read_kernel_str(line->comm, FX_NAME_LEN, comm);
	edge = fx_reserve(sizeof(*edge), FX_EDGE_RENAME);
	if (!edge)
		return 0;
	edge->account = state->home;
	edge->serial = line->serial;
	__builtin_memcpy(edge->comm, line->comm, FX_NAME_LEN);
	bpf_ringbuf_submit(edge, FX_QUIET);
	return 0;
}

/* Run once at attach: every thread that lives already gets its account, so
 * that the first edge of each is as exact as any. */
SEC("iter/task")
int fx_found(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (task && task->pid)
		fx_settle_if_alive(task);
	return 0;
}
