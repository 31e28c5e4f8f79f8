/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* The types of the maps and of what they hold. */
#ifndef FX_MAP_TYPES_H
#define FX_MAP_TYPES_H

#include "bpf/kernel/fx_kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "bpf/abi/fx_abi.h"
#include "bpf/lib/reader.h"

#define FX_MAX_SLOTS 65536

#define fx_rare(condition) __builtin_expect(!!(condition), 0)

/* What a task books to, in one line of cache; copies of its css_set and
 * cgroup tell when it has moved. */
struct fx_task {
	__u64 owner;	  /* of a slot: the task's address; 0: free, and all else 0 */
	__u64 css_set;	  /* address: alike, and no hierarchy has seen a move */
	__u64 cgroup_id;  /* of v2 */
	__u64 runtime_ns; /* of its sum_exec_runtime without moved_ns, what is booked */
	__u64 moved_ns;	  /* what those booked who moved it while it ran; under the kernel's cgroup lock */
	__u32 account;
	__u32 home; /* its process's account while it runs a work function */
	__u64 work_switches; /* its CPU's switches when its last work item ended */
	__u64 pad_;
};

struct fx_accounts_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FX_MAX_ACCOUNTS);
	__type(key, __u32);
	__type(value, struct fx_account);
};

struct fx_cgroups_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FX_MAX_CGROUPS);
	__type(key, __u32);
	__type(value, struct fx_cgroup);
};

struct fx_tasks_map {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct fx_task);
};

/* By the low bits of the pid (lib/task.h). Mapped by nobody: mappable values
 * begin at a page, so that each is a line of cache. */
struct fx_slots_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FX_MAX_SLOTS);
	__type(key, __u32);
	__type(value, struct fx_task);
};

struct fx_processes_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FX_MAX_ACCOUNTS);
	__type(key, struct fx_process);
	__type(value, __u32);
};

struct fx_cgroup_ids_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FX_MAX_CGROUPS);
	__type(key, __u64);
	__type(value, __u32);
};

struct fx_free_map {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, FX_MAX_ACCOUNTS);
	__type(value, __u32);
};

struct fx_work_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FX_MAX_WORK_FUNCTIONS);
	__type(key, __u64);
	__type(value, __u32);
};

struct fx_programs_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 512);
	__type(key, char[FX_NAME_LEN]);
	__type(value, __u32);
};

struct fx_connections_map {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct fx_connection);
};

/*
 * Payload that came with the last segment of a handshake: it is read before
 * its connection is there. The kernel makes the connection right after, on
 * the same CPU.
 */
struct fx_greeting {
	__u32 waits;
	__u32 seq;
	__be16 from; /* port */
	__u16 pad_[3];
	struct fx_connection connection;
};

struct fx_greetings_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fx_greeting);
};

/* An open stream of HTTP/2. */
struct fx_stream_key {
	__u64 connection;
	__u32 stream;
	__u32 pad_;
};

struct fx_streams_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct fx_stream_key);
	__type(value, __u64); /* when it began */
};

struct fx_edges_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
};

/* Sized by user space: a page where nobody asks for slices. */
struct fx_slices_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 32 << 20);
};

struct fx_losses_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, FX_LOSS_KINDS);
	__type(key, __u32);
	__type(value, __u64);
};

#endif
