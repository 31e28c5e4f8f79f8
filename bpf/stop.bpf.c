// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/* Signals and OOM kills that stop a sandbox. */
#include "bpf/lib/memory.h"

#define FX_SIGINT 2
#define FX_SIGQUIT 3
#define FX_SIGKILL 9
#define FX_SIGTERM 15
#define FX_SIGNAL_DELIVERED 0 /* TRACE_SIGNAL_DELIVERED */

static __always_inline bool fx_stops(int signal)
{
	return signal == FX_SIGTERM || signal == FX_SIGKILL || signal == FX_SIGINT || signal == FX_SIGQUIT;
}

SEC("tp_btf/signal_generate")
int BPF_PROG(fx_signal, int signal, struct kernel_siginfo *info, struct task_struct *task, int group, int result)
{
	struct task_struct *sender = bpf_get_current_task_btf();
	struct fx_cgroup *cgroup;
	struct fx_account *line;
	struct fx_edge_stop *edge;
	struct fx_task *state;
	__u64 cgroup_id;
	__u32 account;

	/* The first process of a PID namespace that has no handler ignores it. */
	if (!fx_stops(signal) || result != FX_SIGNAL_DELIVERED)
		return 0;
	cgroup_id = fx_cgroup_id(task);
	cgroup = fx_sandbox_entry(fx_entry_of(cgroup_id));
	if (!cgroup || cgroup->main_tgid != task->tgid || (cgroup->flags & FX_CGROUP_STOPPED))
		return 0;
	/* What a sandbox sends itself may be its own business; SIGKILL never is. */
	if (signal != FX_SIGKILL && fx_cgroup_id(sender) == cgroup_id)
		return 0;
	fx_partial_now();
	fx_memory_sample(cgroup, task, bpf_ktime_get_ns(), 0);
	__sync_fetch_and_or(&cgroup->flags, FX_CGROUP_STOPPED);
	state = fx_task_of(sender);
	account = state ? state->home : 0;
	line = bpf_map_lookup_elem(&fx_accounts, &account);
	edge = fx_reserve(sizeof(*edge), FX_EDGE_STOP);
	if (!edge)
		return 0;
	edge->cgroup_id = cgroup_id;
	edge->cause = FX_STOP_SIGNAL;
	edge->signal = signal;
	edge->account = account;
	edge->serial = account && line ? line->serial : 0;
	bpf_ringbuf_submit(edge, FX_QUIET);
	return 0;
}

/* Since 6.8 (72ba14deb40a) the tracepoint hands over the task, before that
 * its pid; user space asks the kernel's BTF which. */
const volatile bool fx_oom_has_task = false;

SEC("raw_tp/mark_victim")
int fx_oom(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx->args[0];
	struct fx_edge_oom *edge = fx_reserve(sizeof(*edge), FX_EDGE_OOM);

	if (!edge)
		return 0;
	edge->cgroup_id = bpf_get_current_cgroup_id();
	edge->tgid = fx_oom_has_task ? BPF_CORE_READ(task, tgid) : (__u32)ctx->args[0];
	edge->pad_ = 0;
	bpf_ringbuf_submit(edge, FX_QUIET);
	return 0;
}
