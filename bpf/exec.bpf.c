// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/* Exec: what a process is from now on, and when a sandbox's program starts. */
#include "bpf/lib/arguments.h"
#include "bpf/lib/memory.h"

/* Names the program in `comm`: by the name that it was called by, else by its
 * file, which is how `runc init` (called as /proc/self/exe) is known. */
static __always_inline __u32 fx_identify(char comm[FX_NAME_LEN], struct fx_account *line, struct linux_binprm *bprm)
{
	const unsigned char *file_name = BPF_CORE_READ(bprm, file, f_path.dentry, d_name.name);
	char name[FX_NAME_LEN] = {};
	__u32 program = fx_program_named(comm);

	if (program)
		return program;
	bpf_probe_read_kernel_str(name, sizeof(name), file_name);
	/* A runtime that runs itself again from a sealed copy in memory, which
	 * guards the host's binary from the container. */
	if (__builtin_memcmp(name, "memfd:", 6) == 0 && line->program == FX_PROGRAM_RUNTIME) {
		__builtin_memcpy(comm, line->comm, FX_NAME_LEN);
		return FX_PROGRAM_RUNTIME;
	}
	program = fx_program_named(name);
	if (program)
		__builtin_memcpy(comm, name, FX_NAME_LEN);
	return program;
}

/* The first exec in a sandbox that is not its runtime's own. */
static __always_inline bool fx_first_exec(struct fx_cgroup *cgroup, __u32 program, __u32 tgid)
{
	if (!cgroup || program == FX_PROGRAM_RUNTIME || !(cgroup->flags & FX_CGROUP_ENTERED) ||
	    (cgroup->flags & FX_CGROUP_EXECED))
		return false;
	cgroup->main_tgid = tgid;
	__sync_fetch_and_or(&cgroup->flags, FX_CGROUP_EXECED);
	return true;
}

/* The sandbox that `state` runs in. A rule may have made it one after its
 * first task came. */
static __always_inline struct fx_cgroup *fx_own_sandbox(struct fx_task *state, struct fx_account *line)
{
	__u32 entry = fx_entry_of(state->cgroup_id);
	struct fx_cgroup *cgroup = fx_sandbox_entry(entry);

	if (!cgroup)
		return 0;
	fx_enter(state->cgroup_id, state->home);
	if (!line->phase_cgroup)
		line->phase_cgroup = entry;
	return cgroup;
}

/* A thread that execs has its process's pid from then on, and with it another
 * slot. One switch may have come in between, and met it anew. */
static __noinline void fx_take_along(struct task_struct *task, __u32 old_pid)
{
	struct fx_task *old = fx_slot_of_pid(old_pid);
	struct fx_task *state;

	if (!old || old->owner != (__u64)task)
		return; /* task storage goes with the task */
	state = fx_task_made(task);
	if (!state || state == old)
		return;
	if (!state->cgroup_id) {
		state->home = old->home;
		state->css_set = old->css_set;
		state->runtime_ns = old->runtime_ns;
		state->moved_ns = old->moved_ns;
		state->account = old->account;
		state->work_switches = old->work_switches;
	}
	/* A flush may come in anywhere, and meet it anew: then it is counted twice. */
	if (__sync_val_compare_and_swap(&state->cgroup_id, 0, old->cgroup_id))
		fx_leave(old->home);
	fx_task_ended(task, old);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(fx_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	struct fx_task *state;
	char comm[FX_NAME_LEN] = {};
	struct fx_account *line;
	struct fx_edge_exec *edge;
	struct fx_cgroup *sandbox;
	__u64 before[FX_PHASES];
	__u32 program;
	bool first;

	if ((__u32)old_pid != task->pid)
		fx_take_along(task, old_pid);
	state = fx_settle_in(task);
	if (!state || !state->home)
		return 0;
	line = bpf_map_lookup_elem(&fx_accounts, &state->home);
	if (!line)
		return 0;
	fx_partial_now();
	__builtin_memcpy(before, line->ns, sizeof(before));
	bpf_probe_read_kernel(comm, sizeof(comm), &task->comm);
	/* What the kernel's side goes by is set even if the ring is full. */
	program = fx_identify(comm, line, bprm);
	sandbox = fx_own_sandbox(state, line);
	first = fx_first_exec(sandbox, program, task->tgid);
	if (sandbox)
		fx_memory_sample_now(sandbox);
	line->program = program;
	__builtin_memcpy(line->comm, comm, FX_NAME_LEN);
	edge = fx_reserve(sizeof(*edge), FX_EDGE_EXEC);
	if (!edge)
		return 0;
	__builtin_memset((void *)edge + sizeof(edge->edge), 0, sizeof(*edge) - sizeof(edge->edge));
	edge->account = state->home;
	edge->serial = line->serial;
	edge->tgid = task->tgid;
	edge->cgroup_id = state->cgroup_id;
	edge->program = program;
	edge->first = first;
	__builtin_memcpy(edge->ns, before, sizeof(before));
	__builtin_memcpy(edge->comm, comm, FX_NAME_LEN);
	if (program >= FX_PROGRAM_RUNTIME && program <= FX_PROGRAM_CNI)
		fx_read_arguments(edge, task->mm);
	bpf_ringbuf_submit(edge, program == FX_PROGRAM_OTHER ? FX_QUIET : FX_WAKE);
	return 0;
}
