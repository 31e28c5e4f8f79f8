// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/* Cgroups of the v2 hierarchy: made, frozen, emptied, removed. Moves have a file of their own. */
#include "bpf/lib/memory.h"

static __always_inline struct fx_edge_cgroup *fx_cgroup_edge(__u64 cgroup_id, __u32 change, __u32 entry)
{
	struct fx_task *state = fx_task_of(bpf_get_current_task_btf());
	__u32 account = state ? state->home : 0;
	struct fx_account *line = bpf_map_lookup_elem(&fx_accounts, &account);
	struct fx_cgroup *cgroup = bpf_map_lookup_elem(&fx_cgroups, &entry);
	/* Last: Linux 6.1's verifier takes a record that is looked at once, right
	 * here; a second look later it believes might find none. */
	struct fx_edge_cgroup *edge = fx_reserve(sizeof(*edge), FX_EDGE_CGROUP);

	if (!edge)
		return 0;
	edge->cgroup_id = cgroup_id;
	edge->parent_id = 0;
	edge->change = change;
	edge->entry = entry;
	edge->account = account;
	edge->serial = account && line ? line->serial : 0;
	edge->program = account && line ? line->program : 0;
	edge->flags = entry && cgroup ? cgroup->flags : 0;
	edge->from_account = 0;
	edge->from_serial = 0;
	edge->from_ns = 0;
	edge->path[0] = 0;
	return edge;
}

/* What is known of a cgroup by who makes it. */
static __always_inline __u32 fx_made_by(__u32 program)
{
	if (program == FX_PROGRAM_RUNTIME)
		return FX_CGROUP_SANDBOX;
	return program == FX_PROGRAM_SPAWNER ? FX_CGROUP_SANDBOX | FX_CGROUP_SPAWNED : 0;
}

/* A new entry for a cgroup. */
static __always_inline __u32 fx_open_entry(__u64 cgroup_id, __u32 flags)
{
	struct fx_cgroup *cgroup;
	__u32 entry = 0;

	if (bpf_map_pop_elem(&fx_free_cgroups, &entry)) {
		fx_lost(FX_LOSS_CGROUP);
		return 0;
	}
	cgroup = bpf_map_lookup_elem(&fx_cgroups, &entry);
	if (!cgroup)
		return 0;
	/* First: connections of its last use end by it. */
	__sync_fetch_and_add(&cgroup->serial, 1);
	cgroup->id = cgroup_id;
	cgroup->in_flight = 0;
	cgroup->main_tgid = 0;
	cgroup->completed = 0;
	cgroup->aborted = 0;
	cgroup->probes_in_flight = 0;
	cgroup->opaque_in_flight = 0;
	cgroup->peak_in_flight = 0;
	cgroup->memory_pages = 0;
	cgroup->memory_since_ns = 0;
	cgroup->memory_peak_pages = 0;
	cgroup->memory_sampled = 0;
	cgroup->memory_wait = 0;
	cgroup->memory_limit_pages = 0;
	cgroup->memory_id = 0;
	__builtin_memset(cgroup->page_us, 0, sizeof(cgroup->page_us));
	cgroup->flags = flags;
	return entry;
}

/* The runtime that makes a sandbox works for it from here on. */
static __always_inline void fx_link(__u32 account, __u32 entry)
{
	struct fx_account *line = bpf_map_lookup_elem(&fx_accounts, &account);

	if (!account || !line)
		return;
	line->phase_cgroup = entry;
	line->flags |= FX_ACCOUNT_LINKED;
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(fx_cgroup_mkdir, struct cgroup *cgroup, const char *path)
{
	struct fx_task *state = fx_task_of(bpf_get_current_task_btf());
	__u32 account = state ? state->home : 0;
	struct fx_account *line = bpf_map_lookup_elem(&fx_accounts, &account);
	__u32 program = account && line ? line->program : FX_PROGRAM_OTHER;
	struct cgroup_subsys_state *parent_css = cgroup->self.parent;
	__u64 parent_id = parent_css ? parent_css->cgroup->kn->id : 0;
	__u32 parent_entry = fx_entry_of(parent_id);
	struct fx_cgroup *parent = fx_sandbox_entry(parent_entry);
	__u64 cgroup_id = cgroup->kn->id;
	struct fx_edge_cgroup *edge;
	bool part;
	__u32 entry;

	if (!fx_is_v2(cgroup))
		return 0;
	/* Below a sandbox that lives: the same sandbox. Below one that nobody
	 * entered: the runtime only makes the path to its own. */
	part = parent && (parent->flags & FX_CGROUP_ENTERED);
	entry = part ? parent_entry : fx_open_entry(cgroup_id, fx_made_by(program));
	if (!entry)
		return 0;
	if (bpf_map_update_elem(&fx_cgroup_ids, &cgroup_id, &entry, BPF_ANY))
		fx_lost(FX_LOSS_MAP);
	/* A spawner makes many: it works for none of them alone. */
	if (program == FX_PROGRAM_RUNTIME && !part)
		fx_link(account, entry);
	edge = fx_cgroup_edge(cgroup_id, FX_CGROUP_MADE, entry);
	if (!edge)
		return 0;
	edge->parent_id = parent_id;
	bpf_probe_read_kernel_str(edge->path, FX_PATH_LEN, path);
	bpf_ringbuf_submit(edge, FX_WAKE);
	return 0;
}

static __always_inline int fx_changed(struct cgroup *cgroup, __u32 change)
{
	__u64 cgroup_id = cgroup->kn->id;
	__u32 entry = fx_entry_of(cgroup_id);
	struct fx_cgroup *state = bpf_map_lookup_elem(&fx_cgroups, &entry);
	struct fx_edge_cgroup *edge;

	if (!fx_is_v2(cgroup) || !entry || !state)
		return 0;
	if (state->id == cgroup_id && change == FX_CGROUP_REMOVED)
		fx_memory_close(state, bpf_ktime_get_ns());
	else if (state->id == cgroup_id && change == FX_CGROUP_EMPTY)
		fx_memory_advance(state, bpf_ktime_get_ns());
	/* Even if the ring is full, user space finds the entry and gives it back. */
	if (state->id == cgroup_id && change == FX_CGROUP_REMOVED)
		__sync_fetch_and_or(&state->flags, FX_CGROUP_GONE);
	/* A sub-cgroup that empties says nothing of its sandbox. */
	if (state->id == cgroup_id && (state->flags & FX_CGROUP_EXECED) &&
	    (change == FX_CGROUP_EMPTY || change == FX_CGROUP_REMOVED))
		__sync_fetch_and_or(&state->flags, FX_CGROUP_STOPPED);
	edge = fx_cgroup_edge(cgroup_id, change, entry);
	if (edge)
		bpf_ringbuf_submit(edge, FX_QUIET);
	return 0;
}

SEC("tp_btf/cgroup_notify_populated")
int BPF_PROG(fx_cgroup_populated, struct cgroup *cgroup, const char *path, int value)
{
	return fx_changed(cgroup, value ? FX_CGROUP_FILLED : FX_CGROUP_EMPTY);
}

SEC("tp_btf/cgroup_notify_frozen")
int BPF_PROG(fx_cgroup_frozen, struct cgroup *cgroup, const char *path, int value)
{
	return fx_changed(cgroup, value ? FX_CGROUP_FROZEN : FX_CGROUP_THAWED);
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(fx_cgroup_rmdir, struct cgroup *cgroup, const char *path)
{
	return fx_changed(cgroup, FX_CGROUP_REMOVED);
}
