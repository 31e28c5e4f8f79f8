/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Opening accounts and moving tasks between them. */
#ifndef FX_ACCOUNT_H
#define FX_ACCOUNT_H

#include "bpf/lib/partial.h"

/* On a hybrid node each sandbox fires the hooks of cgroups once for every hierarchy. */
static __always_inline bool fx_is_v2(struct cgroup *cgroup)
{
	return cgroup->root->hierarchy_id == 0;
}

static __always_inline __u32 fx_entry_of(__u64 cgroup_id)
{
	__u32 *entry = bpf_map_lookup_elem(&fx_cgroup_ids, &cgroup_id);
	return entry ? *entry : 0;
}

static __always_inline struct fx_cgroup *fx_sandbox_entry(__u32 entry)
{
	struct fx_cgroup *cgroup = entry ? bpf_map_lookup_elem(&fx_cgroups, &entry) : 0;
	return cgroup && (cgroup->flags & FX_CGROUP_SANDBOX) ? cgroup : 0;
}

static __always_inline void *fx_reserve(__u32 size, __u32 kind)
{
	struct fx_edge *edge = bpf_ringbuf_reserve(&fx_edges, size, 0);

	if (!edge) {
		fx_lost(FX_LOSS_RING);
		return 0;
	}
	edge->kind = kind;
	edge->size = size;
	edge->cpu = bpf_get_smp_processor_id();
	edge->time_ns = bpf_ktime_get_ns();
	return edge;
}

/* The ring is read ten times a second or more; only edges that user space must
 * answer at once wake it. */
#define FX_QUIET BPF_RB_NO_WAKEUP
#define FX_WAKE BPF_RB_FORCE_WAKEUP

/* A fresh line, with one task on it; 0 when there is none. */
static __always_inline __u32 fx_open_account(__u64 cgroup_id, __u32 tgid, __u32 flags)
{
	__u32 account = 0;
	struct fx_account *line;

	if (bpf_map_pop_elem(&fx_free_accounts, &account)) {
		fx_lost(FX_LOSS_ACCOUNT);
		return 0;
	}
	line = bpf_map_lookup_elem(&fx_accounts, &account);
	if (!line)
		return 0;
	__builtin_memset(line->ns, 0, sizeof(line->ns));
	line->carved_ns = 0;
	fx_reset_counts(account);
	line->cgroup_id = cgroup_id;
	line->work_function = 0;
	line->tgid = tgid;
	line->phase_cgroup = 0;
	line->flags = flags;
	line->program = FX_PROGRAM_OTHER;
	line->serial += 1;
	line->tasks = 1;
	return account;
}

/* Announces `account` with what its line says. */
static __always_inline void fx_announce(__u32 account, __u32 from, __u32 parent_tgid, __u32 origin)
{
	struct fx_account *line = bpf_map_lookup_elem(&fx_accounts, &account);
	struct fx_account *from_line = bpf_map_lookup_elem(&fx_accounts, &from);
	struct fx_edge_account *edge;

	if (!line)
		return;
	edge = fx_reserve(sizeof(*edge), FX_EDGE_ACCOUNT);
	if (!edge)
		return;
	edge->account = account;
	edge->serial = line->serial;
	edge->from_account = from;
	edge->from_serial = from && from_line ? from_line->serial : 0;
	edge->tgid = line->tgid;
	edge->parent_tgid = parent_tgid;
	edge->origin = origin;
	edge->flags = line->flags;
	edge->cgroup_id = line->cgroup_id;
	edge->work_function = line->work_function;
	__builtin_memcpy(edge->comm, line->comm, FX_NAME_LEN);
	bpf_ringbuf_submit(edge, FX_QUIET);
}

static __always_inline __u32 fx_program_named(const char name[FX_NAME_LEN])
{
	__u32 *program = bpf_map_lookup_elem(&fx_programs, name);
	return program ? *program : FX_PROGRAM_OTHER;
}

/* What a new line takes over from the one its task comes from. */
static __always_inline void fx_inherit(__u32 account, __u32 from)
{
	struct fx_account *line = bpf_map_lookup_elem(&fx_accounts, &account);
	struct fx_account *source = bpf_map_lookup_elem(&fx_accounts, &from);
	__u32 entry;

	if (!line)
		return;
	entry = fx_entry_of(line->cgroup_id);
	if (fx_sandbox_entry(entry)) {
		line->phase_cgroup = entry;
	} else if (from && source && (source->flags & FX_ACCOUNT_LINKED)) {
		line->phase_cgroup = source->phase_cgroup;
		line->flags |= FX_ACCOUNT_LINKED;
	}
	if (from && source)
		line->program = source->program;
}

/* Of a fork into a sandbox: who forked, and what it used for it. */
struct fx_forked {
	__u32 account;
	__u32 serial;
	__u64 ns;
};

/* Tells user space that a sandbox's cgroup has its first task. */
static __always_inline void fx_enter_forked(__u64 cgroup_id, __u32 account, const struct fx_forked *from)
{
	__u32 entry = fx_entry_of(cgroup_id);
	struct fx_cgroup *cgroup = fx_sandbox_entry(entry);
	struct fx_account *line = bpf_map_lookup_elem(&fx_accounts, &account);
	struct fx_edge_cgroup *edge;

	if (!cgroup || (cgroup->flags & FX_CGROUP_ENTERED))
		return;
	__sync_fetch_and_or(&cgroup->flags, FX_CGROUP_ENTERED);
	/* A copy of a template process: no exec will tell that it starts. */
	if (line && (cgroup->flags & FX_CGROUP_SPAWNED)) {
		cgroup->main_tgid = line->tgid;
		__sync_fetch_and_or(&cgroup->flags, FX_CGROUP_EXECED);
	}
	edge = fx_reserve(sizeof(*edge), FX_EDGE_CGROUP);
	if (!edge)
		return;
	edge->cgroup_id = cgroup_id;
	edge->parent_id = 0;
	edge->change = FX_CGROUP_ENTER;
	edge->entry = entry;
	edge->account = account;
	edge->serial = line ? line->serial : 0;
	edge->program = line ? line->program : 0;
	edge->flags = cgroup->flags;
	edge->from_account = from ? from->account : 0;
	edge->from_serial = from ? from->serial : 0;
	edge->from_ns = from ? from->ns : 0;
	edge->path[0] = 0;
	bpf_ringbuf_submit(edge, FX_QUIET);
}

static __always_inline void fx_enter(__u64 cgroup_id, __u32 account)
{
	fx_enter_forked(cgroup_id, account, 0);
}

/* The account of (process, cgroup) if one is live: its other threads' too. */
static __always_inline __u32 fx_join(const struct fx_process *process)
{
	__u32 *known = bpf_map_lookup_elem(&fx_processes, process);
	struct fx_account *line;
	__u32 account;

	if (!known)
		return 0;
	account = *known;
	line = bpf_map_lookup_elem(&fx_accounts, &account);
	if (!line || line->tgid != process->tgid || line->cgroup_id != process->cgroup_id || line->tasks <= 0)
		return 0;
	__sync_fetch_and_add(&line->tasks, 1);
	return account;
}

/* Finds or opens the account of a task that was met outside fork: it ran
 * before we attached, or has entered another cgroup. */
static __noinline __u32 fx_admit(struct task_struct *task, __u64 cgroup_id, __u32 from)
{
	struct fx_process process = {.cgroup_id = cgroup_id, .tgid = task->tgid};
	__u32 account = fx_join(&process);
	struct fx_account *line;

	if (account)
		return account;
	account = fx_open_account(cgroup_id, process.tgid,
				  (task->flags & FX_PF_KTHREAD) ? FX_ACCOUNT_KTHREAD : 0);
	if (!account)
		return 0;
	line = bpf_map_lookup_elem(&fx_accounts, &account);
	if (!line)
		return 0;
	bpf_probe_read_kernel(line->comm, FX_NAME_LEN, &task->group_leader->comm);
	fx_inherit(account, from);
	if (!from)
		line->program = fx_program_named(line->comm);
	if (bpf_map_update_elem(&fx_processes, &process, &account, BPF_ANY))
		fx_lost(FX_LOSS_MAP);
	fx_announce(account, from, task->real_parent->tgid, from ? FX_ORIGIN_MOVE : FX_ORIGIN_FOUND);
	fx_enter(cgroup_id, account);
	return account;
}

static __always_inline void fx_leave(__u32 account)
{
	struct fx_account *line = bpf_map_lookup_elem(&fx_accounts, &account);
	if (account && line)
		__sync_fetch_and_add(&line->tasks, -1);
}

/* Makes sure that `task` books to the account of the cgroup that it is in.
 * Not inline: few switches come here, and their way is to be short. */
static __noinline struct fx_task *fx_settle(struct task_struct *task, struct fx_task *state)
{
	struct css_set *set = task->cgroups; /* read once: a move may come in between */
	__u64 cgroup_id = set->dfl_cgrp->kn->id;
	__u64 was;
	__u32 from;

	if (!state) {
		fx_lost(FX_LOSS_TASK_STORAGE);
		return 0;
	}
	state->css_set = (__u64)set;
	/* Who moves it and its own switch may come here at once: one of them does it. */
	was = state->cgroup_id;
	if (was == cgroup_id || __sync_val_compare_and_swap(&state->cgroup_id, was, cgroup_id) != was)
		return state;
	if (!was)
		state->runtime_ns = task->se.sum_exec_runtime;
	from = state->home;
	state->home = fx_admit(task, cgroup_id, from);
	state->account = state->home;
	fx_leave(from);
	return state;
}

static __always_inline struct fx_task *fx_settle_in(struct task_struct *task)
{
	return fx_settle(task, fx_task_made(task));
}

/* The same for one that may have left its CPU for the last time already: it
 * has given its state back, and would never give back another. */
static __always_inline void fx_settle_if_alive(struct task_struct *task)
{
	struct fx_task *state = fx_task_of(task);

	if (state || !task->exit_state)
		fx_settle_in(task);
}

/* The state of a task that has not run yet, all 0. Who moves it or finds it at
 * attach may have been here, and one that was at its address may have ended
 * without a report: they are counted where they book. */
static __always_inline struct fx_task *fx_task_begun(struct task_struct *task)
{
	struct fx_task *state = fx_task_of(task);

	if (!state)
		return fx_task_made(task);
	fx_leave(state->home);
	fx_task_empty(state);
	return state;
}

#endif
