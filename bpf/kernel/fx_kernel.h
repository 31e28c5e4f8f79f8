/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * The parts of the kernel's types that we read, by name. CO-RE finds the
 * offsets on the running kernel, so this one header serves every
 * architecture and version; only names and types matter here.
 */
#ifndef FX_KERNEL_H
#define FX_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>

typedef _Bool bool;
#define true 1
#define false 0

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

struct fx_atomic_long {
	long long counter;
};

struct rq {
	__u64 clock;
	__u64 clock_task;
	int cpu;
};

struct cfs_rq {
	struct rq *rq;
};

struct sched_entity {
	__u64 exec_start;
	__u64 sum_exec_runtime;
	struct cfs_rq *cfs_rq;
};

struct kernfs_node {
	const char *name;
	__u64 id;
};

struct cgroup;

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct css_set {
	struct cgroup_subsys_state *subsys[1];
	struct cgroup *dfl_cgrp;
};

/* Only to ask for the value of its enumerator. */
enum cgroup_subsys_id {
	memory_cgrp_id = 1,
};

struct page_counter {
	struct fx_atomic_long usage;
	unsigned long watermark; /* the highest usage since the cgroup was made */
	unsigned long max;
};

struct mem_cgroup {
	struct cgroup_subsys_state css;
	struct page_counter memory;
};

struct list_head {
	struct list_head *next;
};

struct signal_struct {
	atomic_t live;
	int nr_threads;
	struct list_head thread_head;
};

struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
	unsigned long env_start;
	unsigned long env_end;
};

struct task_struct {
	unsigned int __state;
	unsigned int flags;
	struct sched_entity se;
	struct mm_struct *mm;
	int exit_state; /* not 0: its exit is told, or it is gone */
	int exit_code;
	__u32 pid;
	__u32 tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct list_head thread_node; /* in its process's signal_struct */
	char comm[16];
	struct signal_struct *signal;
	struct css_set *cgroups;
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
};

struct path {
	struct dentry *dentry;
};

struct file {
	struct path f_path;
};

struct linux_binprm {
	struct file *file;
};

struct fx_in6 {
	__u32 word[4];
};

struct sock_common {
	__be32 skc_daddr;
	struct fx_in6 skc_v6_daddr;
	unsigned short skc_family;
	__u16 skc_num;
	__be16 skc_dport;
};

struct sock_cgroup_data {
	struct cgroup *cgroup;
};

struct sock {
	struct sock_common __sk_common;
	struct sock_cgroup_data sk_cgrp_data;
	__u16 sk_protocol;
};

struct inet_connection_sock {
	struct {
		__u32 lrcvtime; /* jiffies of the last payload in */
	} icsk_ack;
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u32 rcv_nxt;
	__u32 snd_nxt;
	__u32 lsndtime; /* jiffies of the last payload out */
	__u32 data_segs_in;
	__u32 data_segs_out;
};

struct bpf_iter__task {
	struct task_struct *task;
};

struct work_struct;
typedef void (*work_func_t)(struct work_struct *work);

struct work_struct {
	work_func_t func;
};

struct kernel_siginfo;

#pragma clang attribute pop

/* kfuncs; absent before 6.2 */
extern struct task_struct *bpf_task_from_pid(int pid) __attribute__((section(".ksyms"), weak));
extern void bpf_task_release(struct task_struct *task) __attribute__((section(".ksyms"), weak));
extern void *bpf_rdonly_cast(const void *address, __u32 type) __attribute__((section(".ksyms"), weak));

#define FX_KSYM_EXISTS(symbol) ((void *)&(symbol) != (void *)0)

#define FX_AF_INET 2 /* AF_INET */
#define FX_TASK_DEAD 0x80	/* TASK_DEAD, include/linux/sched.h */
#define FX_PF_KTHREAD 0x00200000 /* PF_KTHREAD */

#endif
