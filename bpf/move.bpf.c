// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/* Processes that are moved between cgroups of the v2 hierarchy. */
#include "bpf/lib/account.h"

#define FX_MAX_THREADS 65536 /* of a process that is moved */

/*
 * Books to the old cgroup what `task` had used when the kernel last looked.
 * That is where the kernel draws the line too: what it adds to its run time
 * from now on is in the new cgroup's cpu.stat. The task may be running on
 * another CPU and booking there at this moment, so its own books stay as they
 * are and only `moved_ns` grows; it then books that much less. Whether it runs
 * is not asked: of one that does not, all is booked, unless the kernel did not
 * report that it left its CPU.
 */
static __always_inline void fx_book_moved(struct task_struct *task)
{
	struct fx_cpu *runs_on = fx_cpu_of(fx_rq(task)->cpu);
	struct fx_task *state = fx_task_of(task);
	struct fx_cpu *cpu = fx_this_cpu();
	__s64 used, elapsed;

	if (!cpu || !runs_on || !state || !runs_on->flushed_mono_ns)
		return;
	used = fx_runtime(task, state) - state->runtime_ns;
	elapsed = fx_rq(task)->clock_task - runs_on->start_clock_task_ns;
	if (used > elapsed)
		used = elapsed;
	if (used <= 0)
		return;
	state->moved_ns += used;
	fx_book_from(cpu, state->account, used, false);
}

static __always_inline void fx_move(struct task_struct *task)
{
	fx_book_moved(task);
	fx_settle_if_alive(task);
}

/* A walk over the threads of a process. */
struct fx_moved_threads {
	__u64 node; /* in the kernel's list; of the next one */
	__u64 head;
	__u32 told_of; /* the thread that the kernel has named */
};

static long fx_move_thread(__u32 index, struct fx_moved_threads *threads)
{
	__u64 thread = threads->node - bpf_core_field_offset(struct task_struct, thread_node);
	struct task_struct *task;
	__u32 pid = 0;

	if (!threads->node || threads->node == threads->head)
		return 1;
	bpf_probe_read_kernel(&pid, sizeof(pid), (void *)thread + bpf_core_field_offset(struct task_struct, pid));
	if (bpf_probe_read_kernel(&threads->node, sizeof(threads->node), (void *)threads->node))
		return 1;
	if (!pid || pid == threads->told_of)
		return 0;
	task = bpf_task_from_pid(pid);
	if (!task)
		return 0;
	fx_move(task);
	bpf_task_release(task);
	return 0;
}

/* The task is in its new cgroup already. Of a process with threads the
 * kernel names the first alone. While it moves them it lets none come or go.
 * Where they cannot be found, they find out when they next run. */
SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(fx_cgroup_attach, struct cgroup *cgroup, const char *path, struct task_struct *task)
{
	struct fx_moved_threads threads = {.told_of = task->pid};

	if (!fx_is_v2(cgroup))
		return 0;
	fx_move(task);
	if (task->signal->nr_threads <= 1 || !FX_KSYM_EXISTS(bpf_task_from_pid))
		return 0;
	threads.head = (__u64)task->signal + bpf_core_field_offset(struct signal_struct, thread_head);
	threads.node = (__u64)BPF_CORE_READ(task, signal, thread_head.next);
	bpf_loop(FX_MAX_THREADS, fx_move_thread, &threads, 0);
	return 0;
}
