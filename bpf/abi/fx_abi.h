/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * The memory that faastax's BPF programs and its user space share.
 *
 * Two tables are mapped into user space and read there without a system call:
 *
 *   fx_accounts  one line of buckets for each pair (process, cgroup);
 *                fx_switch adds every slice to exactly one bucket
 *   fx_cgroups   the phase of each sandbox cgroup, which picks the bucket
 *
 * One ring buffer carries the edges, in the order in which they happened;
 * another every slice, where a recording asks for them.
 * Changing anything here needs a new FX_ABI_VERSION: user space refuses to
 * load an object of another version.
 */
#ifndef FX_ABI_H
#define FX_ABI_H

#include <linux/types.h>

#define FX_ABI_VERSION 7

#define FX_NAME_LEN 16	 /* TASK_COMM_LEN */
#define FX_ID_LEN 80	 /* a container id; longer ones are cut */
#define FX_PATH_LEN 256	 /* a cgroup path; longer ones are cut */
#define FX_TOKENS 24	 /* argument hashes kept of a client command */

#define FX_MAX_ACCOUNTS 32768
#define FX_MAX_CGROUPS 16384
#define FX_MAX_CPUS 512
#define FX_MAX_WORK_FUNCTIONS 2048

/* Which bucket a slice goes to: where the sandbox stands, that the process
 * belongs to or works for. */
enum fx_phase {
	FX_PHASE_PRE = 0,  /* no sandbox, or before its program's first exec */
	FX_PHASE_RUN = 1,  /* after that exec, before it is ready */
	FX_PHASE_IDLE = 2, /* ready, no request in flight */
	FX_PHASE_BUSY = 3, /* ready, a request in flight */
	FX_PHASE_STOP = 4, /* after the stop */
	FX_PHASE_PROBE = 5,  /* ready, nothing but health probes in flight */
	FX_PHASE_OPAQUE = 6, /* ready, in flight by byte edges alone: inferred */
	FX_PHASE_SPARE7 = 7,
	FX_PHASES = 8,
};

/* fx_account.flags */
enum {
	FX_ACCOUNT_LINKED = 1u << 0,  /* phase_cgroup is the sandbox that it serves */
	FX_ACCOUNT_KTHREAD = 1u << 1, /* a kernel thread */
	FX_ACCOUNT_WORK = 1u << 2,    /* a work function, not a process */
	FX_ACCOUNT_SOFTIRQ = 1u << 3, /* a softirq; work_function is its vector */
	FX_ACCOUNT_HARDIRQ = 1u << 4, /* all hard interrupts */
};

#define FX_SOFTIRQS 10 /* NR_SOFTIRQS, as /proc/softirqs lists them */

/* An account: the CPU time of one process while in one cgroup. Account 0
 * takes what found no room and is never handed out. */
struct fx_account {
	/* A switch needs one line of cache: up to ns[FX_PHASE_BUSY]. */
	__u64 cgroup_id;      /* v2 cgroup; 0 for a work function */
	__u32 tgid;
	__u32 serial;	      /* counts the uses of this line; 0: never used */
	__s32 tasks;	      /* live tasks that book here; 0: ended */
	__u32 phase_cgroup;   /* index into fx_cgroups, 0: none */
	__u32 flags;
	__u32 program;	      /* enum fx_program of the last exec, inherited by fork */
	__u64 ns[FX_PHASES];  /* only fx_book() adds, atomically */
	char comm[FX_NAME_LEN];
	__u64 carved_ns;      /* that interrupts took of its slices; not in ns */
	__u64 work_function;  /* kernel address, FX_ACCOUNT_WORK only */
};

/* What hardware counters say of an account, at the same index as its line.
 * The entry after the last account's has what they count while CPUs idle. */
struct fx_counts {
	__u64 cycles[FX_PHASES];
	__u64 instructions[FX_PHASES];
	__u64 counted_ns; /* of the account's time, what they counted through */
	__u64 refused;	  /* readings of a counter that had not run all the time */
};

/* Key of fx_processes, which finds the account that a process's threads share. */
struct fx_process {
	__u64 cgroup_id;
	__u32 tgid;
	__u32 pad_;
};

/* What a sandbox's memory serves. The stop outranks a request that is open. */
enum fx_memory_state {
	FX_MEMORY_STARTING = 0,
	FX_MEMORY_IDLE = 1,
	FX_MEMORY_BUSY = 2,
	FX_MEMORY_STOPPING = 3,
	FX_MEMORY_STATES = 4,
};

/* fx_cgroup.flags */
enum {
	FX_CGROUP_SANDBOX = 1u << 0, /* a runtime made it, or a rule says so */
	FX_CGROUP_ENTERED = 1u << 1, /* a task has been in it */
	FX_CGROUP_EXECED = 1u << 2,  /* the sandbox's own program has started */
	FX_CGROUP_READY = 1u << 3,   /* it listens, or has had its first byte */
	FX_CGROUP_STOPPED = 1u << 4,
	FX_CGROUP_GONE = 1u << 5, /* removed; user space clears it when it has seen that */
	FX_CGROUP_SPAWNED = 1u << 6, /* its own program starts with its first task, not with an exec */
};

/* A cgroup that may be a sandbox. Entry 0 means "none". */
struct fx_cgroup {
	__u64 id;
	__u32 flags;
	__s32 in_flight; /* requests open now */
	__u32 main_tgid; /* whose exit stops the sandbox */
	__u32 serial;	 /* counts the uses of this entry */
	__u64 completed; /* requests whose edges were seen, whether or not the ring took them */
	__u64 aborted;
	__s32 probes_in_flight; /* health probes, which are no requests */
	__s32 opaque_in_flight; /* of in_flight, those known by byte edges alone */
	__u32 memory_sampled; /* when the programs last looked, in 1,024 ns of CLOCK_MONOTONIC */
	__u32 memory_limit_pages; /* of its memory cgroup; 0: none */
	__u32 memory_wait; /* until they look again, in the same unit; longer while nothing changes */
	__u32 pad_;
	/* What its memory cgroup was charged with at the last sample, and its
	 * integral: pages times microseconds, by memory state. The kernel's
	 * side and user space both bring it forward (bpf/lib/memory_integral.h). */
	__u64 memory_pages;
	__u64 memory_since_ns; /* CLOCK_MONOTONIC up to which it goes; 0: not begun */
	__u32 memory_peak_pages;
	__u32 peak_in_flight;
	__u64 page_us[FX_MEMORY_STATES];
	__u64 memory_id; /* inode number of its memory cgroup's folder; 0: not found yet */
};

/* memory_since_ns of a sandbox that has no memory cgroup of its own, or whose
 * cgroup is gone: its integral stays as it is. */
#define FX_MEMORY_NEVER 0x7fffffffffffffffull

/* One CPU's clocks, written by that CPU alone while it is online. Its books
 * are open from its first switch after fx_books_open until user space finds
 * it offline. Times of a run queue's own clock unless named otherwise. */
struct fx_cpu {
	__u64 idle_ns;
	__u64 switches;
	__u64 current_task;	/* address of the thread that this CPU switched to last */
	__u32 extras;		/* a switch has more to do than to add: fx_extras(), or closed books */
	__u32 unseen;		/* switches that the kernel did not report */
	__u64 start_clock_ns;
	__u64 start_clock_task_ns;
	__u64 calibrated_ns;	/* run queue clock of the last calibration; 0: not yet started */
	__s64 steal_ns;
	/* What most switches need ends here, with a line of cache. */
	__s64 clock_offset_ns;	/* CLOCK_MONOTONIC minus the run queue's clock */
	__u64 flushed_mono_ns;	/* CLOCK_MONOTONIC at the last fx_flush; 0: its books are closed */
	__u64 overbooked_ns;	/* estimated too high at edges, and taken back */
	__u64 unattributed_ns;	/* of busy time, what account 0 got */
	__u64 packets_in;	/* that fx_ingress saw */
	__u64 packets_out;	/* that fx_egress saw */
	__u64 opened_mono_ns;	/* CLOCK_MONOTONIC when its books were last opened; 0: never */
	__u64 closed_wall_ns;	/* that they were open before then; user space writes it */
};

/* What could not be kept, one counter each. */
enum fx_loss {
	FX_LOSS_RING = 0,	  /* an edge found the ring full */
	FX_LOSS_ACCOUNT = 1,	  /* no free account: its time is unattributed */
	FX_LOSS_CGROUP = 2,	  /* no free cgroup entry */
	FX_LOSS_TASK_STORAGE = 3, /* task storage refused */
	FX_LOSS_SOCKET_STORAGE = 4,
	FX_LOSS_MAP = 5,	  /* another map's update failed */
	FX_LOSS_READ = 6,	  /* memory of a task could not be read */
	FX_LOSS_SLICE = 7,	  /* a slice found its ring full; its time is booked all the same */
	FX_LOSS_KINDS = 8,
};

/* What a program is to the platform, by the name of its executable. */
enum fx_program {
	FX_PROGRAM_OTHER = 0,
	FX_PROGRAM_RUNTIME = 1, /* runc, crun: makes and removes sandboxes */
	FX_PROGRAM_SHIM = 2,	/* containerd-shim, conmon: one for each sandbox */
	FX_PROGRAM_CLIENT = 3,	/* ctr, docker, podman: a command that names one */
	FX_PROGRAM_CNI = 4,	/* a CNI plugin; proven by CNI_COMMAND */
	FX_PROGRAM_DAEMON = 5,	/* serves all sandboxes: containerd, kubelet */
	FX_PROGRAM_TOOL = 6,	/* iptables, ip: named, but whose lineage counts */
	FX_PROGRAM_SELF = 7,	/* faastax */
	FX_PROGRAM_SPAWNER = 8, /* makes sandboxes that processes are born in, without an exec */
};

/* What a runtime or a CNI plugin was asked to do. */
enum fx_verb {
	FX_VERB_NONE = 0,
	FX_VERB_CREATE = 1, /* create */
	FX_VERB_RUN = 2,
	FX_VERB_START = 3,
	FX_VERB_EXEC = 4,
	FX_VERB_KILL = 5,
	FX_VERB_DELETE = 6,
	FX_VERB_OTHER = 7, /* state, ps, update, … */
	FX_VERB_CNI_ADD = 8,
	FX_VERB_CNI_DEL = 9,
	FX_VERB_CNI_OTHER = 10,
	FX_VERB_PAUSE = 11,
};

enum fx_edge_kind {
	FX_EDGE_ACCOUNT = 1,   /* an account begins: fork, move, first sight, work function */
	FX_EDGE_EXEC = 2,
	FX_EDGE_EXIT = 3,      /* the last thread of a process ends */
	FX_EDGE_RENAME = 4,
	FX_EDGE_CGROUP = 5,    /* struct fx_edge_cgroup */
	FX_EDGE_READY = 6,
	FX_EDGE_STOP = 7,      /* a signal, OOM kill or exit stops a sandbox */
	FX_EDGE_REQUEST = 8,
	FX_EDGE_OOM = 9,
};

struct fx_edge {
	__u16 kind;
	__u16 size;
	__u32 cpu;
	__u64 time_ns; /* CLOCK_MONOTONIC */
};

enum fx_origin {
	FX_ORIGIN_FORK = 1,
	FX_ORIGIN_MOVE = 2,  /* entered another cgroup */
	FX_ORIGIN_FOUND = 3, /* ran already when faastax attached */
	FX_ORIGIN_WORK = 4,
	FX_ORIGIN_INTERRUPT = 5,
};

struct fx_edge_account {
	struct fx_edge edge;
	__u32 account;
	__u32 serial;
	__u32 from_account; /* of the parent, or the one that it moved from; 0: unknown */
	__u32 from_serial;
	__u32 tgid;
	__u32 parent_tgid;
	__u32 origin;
	__u32 flags; /* FX_ACCOUNT_* */
	__u64 cgroup_id;
	__u64 work_function;
	char comm[FX_NAME_LEN];
};

/* Exec. `ns` is the account's line as it stood: what came before belongs to
 * the program that called exec. */
struct fx_edge_exec {
	struct fx_edge edge;
	__u32 account;
	__u32 serial;
	__u32 tgid;
	__u32 program; /* enum fx_program */
	__u32 verb;    /* enum fx_verb */
	__u32 first;   /* 1: the sandbox's own program starts here */
	__u64 cgroup_id;
	__u64 ns[FX_PHASES];
	char comm[FX_NAME_LEN];
	char id[FX_ID_LEN]; /* the container that it names, or empty */
	__u32 token_count;
	__u32 pad_;
	__u64 tokens[FX_TOKENS]; /* FNV-1a of each argument, clients only */
};

struct fx_edge_exit {
	struct fx_edge edge;
	__u32 account;
	__u32 serial;
	__u32 tgid;
	__s32 status; /* as wait(2) has it */
	__u64 cgroup_id;
	__u32 main; /* 1: it was the sandbox's main process */
	__u32 pad_;
};

struct fx_edge_rename {
	struct fx_edge edge;
	__u32 account;
	__u32 serial;
	char comm[FX_NAME_LEN];
};

enum fx_cgroup_change {
	FX_CGROUP_MADE = 1,
	FX_CGROUP_ENTER = 2, /* its first task */
	FX_CGROUP_EMPTY = 3,
	FX_CGROUP_FILLED = 4,
	FX_CGROUP_FROZEN = 5,
	FX_CGROUP_THAWED = 6,
	FX_CGROUP_REMOVED = 7,
};

struct fx_edge_cgroup {
	struct fx_edge edge;
	__u64 cgroup_id;
	__u64 parent_id;
	__u32 change; /* enum fx_cgroup_change */
	__u32 entry;  /* index into fx_cgroups; 0: none */
	__u32 account; /* who did it */
	__u32 serial;
	__u32 program; /* enum fx_program of who did it */
	__u32 flags;   /* of the entry, after the change */
	/* FX_CGROUP_ENTER by the fork of a process outside: its account, and what it
	 * used for that. */
	__u32 from_account;
	__u32 from_serial;
	__u64 from_ns;
	char path[FX_PATH_LEN]; /* FX_CGROUP_MADE only */
};

struct fx_edge_ready {
	struct fx_edge edge;
	__u64 cgroup_id;
	__u32 account;
	__u32 serial;
	__u32 family; /* AF_*; 0: by the first request byte */
	__u32 port;
};

enum fx_stop_cause {
	FX_STOP_SIGNAL = 1,
	FX_STOP_EXIT = 2,
};

struct fx_edge_stop {
	struct fx_edge edge;
	__u64 cgroup_id;
	__u32 cause; /* enum fx_stop_cause */
	__u32 signal;
	__u32 account; /* who sent it */
	__u32 serial;
};

struct fx_edge_oom {
	struct fx_edge edge;
	__u64 cgroup_id; /* of the task that met the limit */
	__u32 tgid;
	__u32 pad_;
};

/* How a connection's requests are told apart. */
enum fx_protocol {
	FX_PROTOCOL_UNKNOWN = 0, /* by byte edges */
	FX_PROTOCOL_HTTP1 = 1,
	FX_PROTOCOL_HTTP2 = 2,
	FX_PROTOCOL_TLS = 3,	   /* by byte edges, past the handshake */
	FX_PROTOCOL_UPGRADED = 4, /* HTTP/1.1 that became something else: one request until closed */
};

#define FX_PROBE_RULES 16
#define FX_PROBE_VALUE 32 /* bytes of a header's value that are looked at, at most */

#define FX_PROBE_SOURCES 8

/* An address or a network that only probes come from, in network byte order;
 * IPv4 as IPv6 has it. */
struct fx_probe_source {
	__u32 address[4]; /* nothing outside of the mask */
	__u32 mask[4];
};

/* How to know health probes: by headers that only they have. User space fills
 * it before it loads the programs. Texts are not needed, only their hashes,
 * fx_fnv() of bpf/lib/pure.h. */
struct fx_probe_table {
	__u64 names;   /* bit (hash of the name >> 58) of each rule: most headers are none's */
	__u64 lengths; /* bit n: a rule looks at a value's first n bytes; 0: whatever the value */
	__u64 hashes[FX_PROBE_RULES]; /* of the name and, on top, of those bytes; unused: 0 */
	struct fx_probe_source sources[FX_PROBE_SOURCES];
	__u64 source_count;
};

/* fx_edge_request.flags */
enum {
	FX_REQUEST_ABORTED = 1u << 0,
	FX_REQUEST_PROBE = 1u << 1,    /* a health probe */
	FX_REQUEST_INFERRED = 1u << 2, /* by byte edges alone */
};

/* A request that is over. edge.time_ns is its response's last byte. */
struct fx_edge_request {
	struct fx_edge edge;
	__u64 cgroup_id;
	__u64 start_ns;
	__u32 flags;
	__u32 protocol; /* enum fx_protocol */
	__u32 stream;	/* HTTP/2 */
	__u32 in_flight; /* others still open */
};

/* One addition to an account: what a thread used of a CPU, or an estimate
 * of it that is taken back. The sum of an account's slices is its line. */
struct fx_slice {
	__u64 time_ns; /* CLOCK_MONOTONIC when it was booked */
	__s64 ns;      /* negative: taken back */
	__u32 account;
	__u32 serial;
	__u32 cpu;
	__u32 phase; /* enum fx_phase: the bucket */
};

#define FX_ASSERT_SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type)
#ifdef __cplusplus
#undef FX_ASSERT_SIZE
#define FX_ASSERT_SIZE(type, bytes) static_assert(sizeof(type) == (bytes), #type)
#endif

FX_ASSERT_SIZE(struct fx_account, 128);
FX_ASSERT_SIZE(struct fx_counts, 144);
FX_ASSERT_SIZE(struct fx_process, 16);
FX_ASSERT_SIZE(struct fx_cgroup, 128);
FX_ASSERT_SIZE(struct fx_cpu, 128);
FX_ASSERT_SIZE(struct fx_edge, 16);
FX_ASSERT_SIZE(struct fx_edge_account, 80);
FX_ASSERT_SIZE(struct fx_edge_exec, 408);
FX_ASSERT_SIZE(struct fx_edge_exit, 48);
FX_ASSERT_SIZE(struct fx_edge_rename, 40);
FX_ASSERT_SIZE(struct fx_edge_cgroup, 328);
FX_ASSERT_SIZE(struct fx_edge_ready, 40);
FX_ASSERT_SIZE(struct fx_edge_stop, 40);
FX_ASSERT_SIZE(struct fx_edge_oom, 32);
FX_ASSERT_SIZE(struct fx_edge_request, 48);
FX_ASSERT_SIZE(struct fx_slice, 32);
FX_ASSERT_SIZE(struct fx_probe_source, 32);
FX_ASSERT_SIZE(struct fx_probe_table, 408);

#endif
