/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Where a task's state is. The kernel's task storage holds any task's, but
 * asking it is a call and three loads that wait for each other, at every
 * switch. So a task takes the slot of its pid's low bits if that is free, and
 * keeps it until it ends; one that finds it taken has task storage.
 */
#ifndef FX_TASK_H
#define FX_TASK_H

#include "bpf/lib/maps.h"

/* Processes that work together often have neighbouring pids, and CPUs fetch
 * lines in pairs: theirs are kept apart. */
static __always_inline struct fx_task *fx_slot_of_pid(__u32 pid)
{
	__u32 index = ((pid * (FX_MAX_SLOTS / 8)) | (pid >> 3 & (FX_MAX_SLOTS / 8 - 1))) & (FX_MAX_SLOTS - 1);
	return bpf_map_lookup_elem(&fx_slots, &index);
}

static __always_inline struct fx_task *fx_slot_of(struct task_struct *task)
{
	return fx_slot_of_pid(task->pid);
}

static __always_inline struct fx_task *fx_task_of(struct task_struct *task)
{
	struct fx_task *slot = fx_slot_of(task);

	if (slot && slot->owner == (__u64)task)
		return slot;
	return bpf_task_storage_get(&fx_tasks, task, 0, 0);
}

/* Of a process's first thread whose pid another one has taken by an exec, after
 * the first had ended and before it left its CPU for the last time. */
static __noinline struct fx_task *fx_task_succeeded(struct task_struct *task)
{
	struct fx_task *slot = fx_slot_of_pid(task->tgid);

	return slot && slot->owner == (__u64)task ? slot : 0;
}

/* Its slot, if it can have it. Who finds it at attach and its own switch may
 * come here at once. */
static __always_inline struct fx_task *fx_slot_taken(struct task_struct *task)
{
	struct fx_task *slot = fx_slot_of(task);
	__u64 owner = slot ? __sync_val_compare_and_swap(&slot->owner, 0, (__u64)task) : 0;

	return slot && (!owner || owner == (__u64)task) ? slot : 0;
}

/* The same as fx_task_of; of a task that is new, all is 0. */
static __always_inline struct fx_task *fx_task_made(struct task_struct *task)
{
	struct fx_task *state = fx_task_of(task);

	if (!state)
		state = fx_slot_taken(task);
	return state ? state : bpf_task_storage_get(&fx_tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

/* All but the owner. */
static __always_inline void fx_task_empty(struct fx_task *state)
{
	state->css_set = 0;
	state->cgroup_id = 0;
	state->runtime_ns = 0;
	state->moved_ns = 0;
	state->account = 0;
	state->home = 0;
	state->work_switches = 0;
}

/* It has left its CPU for the last time. A slot is empty before it is free. */
static __always_inline void fx_task_ended(struct task_struct *task, struct fx_task *state)
{
	if (state->owner != (__u64)task)
		return; /* storage goes with the task */
	fx_task_empty(state);
	__sync_lock_test_and_set(&state->owner, 0);
}

#endif
