// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/* Sockets that start to listen, accept and close. */
#include "bpf/lib/greeting.h"
#include "bpf/lib/memory.h"

#define FX_TCP_ESTABLISHED 1
#define FX_TCP_SYN_RECV 3
#define FX_TCP_CLOSE 7
#define FX_TCP_LISTEN 10

static __always_inline void fx_listens(const struct sock *sk)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 cgroup_id = fx_cgroup_id(task);
	struct fx_cgroup *cgroup = fx_sandbox_entry(fx_entry_of(cgroup_id));

	if (!cgroup || (cgroup->flags & FX_CGROUP_READY) || !(cgroup->flags & FX_CGROUP_EXECED))
		return;
	fx_memory_sample_now(cgroup);
	fx_partial_now();
	fx_ready(cgroup, cgroup_id, sk->__sk_common.skc_family, sk->__sk_common.skc_num);
}

static __always_inline void fx_accepted(const struct sock *sk)
{
	__u32 entry = fx_entry_of(sk->sk_cgrp_data.cgroup->kn->id);
	struct fx_cgroup *cgroup = fx_sandbox_entry(entry);
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock((void *)sk);
	struct fx_connection *connection;
	bool turn;

	if (!cgroup || !tcp)
		return;
	connection = bpf_sk_storage_get(&fx_connections, (void *)sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!connection) {
		fx_lost(FX_LOSS_SOCKET_STORAGE);
		return;
	}
	connection->entry = entry;
	connection->serial = cgroup->serial;
	turn = fx_begin_reading(connection);
	if (!connection->accepted) {
		fx_meet(connection, tcp);
		fx_take_greeting(sk, tcp, connection, cgroup);
	}
	connection->out.next = tcp->snd_nxt;
	connection->out.known = 1;
	if (turn)
		fx_end_reading(connection);
}

static __always_inline void fx_closed(const struct sock *sk)
{
	struct fx_connection *connection = bpf_sk_storage_get(&fx_connections, (void *)sk, 0, 0);

	if (!connection || !connection->accepted)
		return;
	fx_close(connection);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(fx_socket_state, const struct sock *sk, const int old_state, const int new_state)
{
	if (new_state == FX_TCP_LISTEN)
		fx_listens(sk);
	else if (new_state == FX_TCP_ESTABLISHED && old_state == FX_TCP_SYN_RECV)
		fx_accepted(sk);
	else if (new_state == FX_TCP_CLOSE)
		fx_closed(sk);
	return 0;
}
