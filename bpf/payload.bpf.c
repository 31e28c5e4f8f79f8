// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Payload in and out of sandboxes, attached to the root of the v2 hierarchy.
 * Heads of requests and responses are read to know where they begin and end;
 * nothing of them is kept.
 */
#include "bpf/lib/greeting.h"
#include "bpf/lib/outgoing.h"

/* Whether a connection that was there before we attached was accepted: its
 * local port still has a listener. The fields are volatile because the
 * verifier wants each at a constant offset of its own. */
static __always_inline bool fx_has_listener(struct __sk_buff *skb, struct bpf_sock *sk)
{
	volatile struct bpf_sock *local = sk;
	struct bpf_sock_tuple tuple = {};
	__u32 address = local->src_ip4;
	__u16 port = bpf_htons(local->src_port);
	struct bpf_sock *listener;
	bool found;

	if (local->family == FX_AF_INET) {
		tuple.ipv4.daddr = address;
		tuple.ipv4.dport = port;
		listener = bpf_skc_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
	} else {
		tuple.ipv6.daddr[0] = local->src_ip6[0];
		tuple.ipv6.daddr[1] = local->src_ip6[1];
		tuple.ipv6.daddr[2] = local->src_ip6[2];
		tuple.ipv6.daddr[3] = local->src_ip6[3];
		tuple.ipv6.dport = port;
		listener = bpf_skc_lookup_tcp(skb, &tuple, sizeof(tuple.ipv6), BPF_F_CURRENT_NETNS, 0);
	}
	if (!listener)
		return false;
	found = listener->state == BPF_TCP_LISTEN;
	bpf_sk_release(listener);
	return found;
}

/* Whether more payload has come in than was answered, on a connection that
 * was there before us: its last payload came in after its last went out, or
 * nothing has ever gone out. */
static __always_inline bool fx_mid_request(struct bpf_sock *sk)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);

	if (!tcp)
		return false;
	if (!tcp->data_segs_out)
		return tcp->data_segs_in > 0;
	return (__s32)(tcp->inet_conn.icsk_ack.lrcvtime - tcp->lsndtime) > 0;
}

/* Whether only probes come from the other side. */
static __always_inline __u32 fx_of_probes(struct bpf_sock *sk)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);

	return tcp ? fx_from_probe((const struct sock *)tcp) : 0;
}

/* Our note on this connection, if it belongs to a sandbox. */
static __always_inline struct fx_connection *fx_connection_of(struct __sk_buff *skb, struct bpf_sock *sk)
{
	struct fx_connection *connection = bpf_sk_storage_get(&fx_connections, sk, 0, 0);
	struct fx_cgroup *cgroup;
	__u32 entry;

	if (connection)
		return connection;
	entry = fx_entry_of(bpf_sk_cgroup_id(sk));
	cgroup = fx_sandbox_entry(entry);
	if (!cgroup || (sk->state != BPF_TCP_ESTABLISHED && sk->state != BPF_TCP_SYN_RECV))
		return 0;
	connection = bpf_sk_storage_get(&fx_connections, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!connection) {
		fx_lost(FX_LOSS_SOCKET_STORAGE);
		return 0;
	}
	connection->entry = entry;
	connection->serial = cgroup->serial;
	if (sk->state == BPF_TCP_SYN_RECV)
		return connection; /* fx_socket_state is about to meet it, or has: fx_ingress need not wait */
	connection->accepted = fx_has_listener(skb, sk);
	connection->mode = FX_MODE_RESYNC;
	connection->turned = !fx_mid_request(sk);
	connection->from_probe = fx_of_probes(sk);
	return connection;
}

static __always_inline struct bpf_sock *fx_tcp_socket(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	if (!sk)
		return 0;
	sk = bpf_sk_fullsock(sk);
	return sk && sk->protocol == FX_IPPROTO_TCP ? sk : 0;
}

SEC("cgroup_skb/ingress")
int fx_ingress(struct __sk_buff *skb)
{
	struct bpf_sock *sk = fx_tcp_socket(skb);
	struct fx_cpu *cpu = fx_this_cpu();
	struct fx_connection *connection;
	struct fx_segment segment;
	struct fx_cgroup *cgroup;

	if (cpu)
		cpu->packets_in += 1;
	if (!sk)
		return 1;
	if (!fx_segment_of(skb, &segment) || !segment.bytes || segment.syn)
		return 1;
	if (sk->state == BPF_TCP_LISTEN)
		connection = fx_greeting_of(sk, &segment);
	else
		connection = fx_connection_of(skb, sk);
	if (!connection || connection->closed || (!connection->accepted && sk->state != BPF_TCP_SYN_RECV))
		return 1;
	cgroup = fx_served(connection);
	if (!cgroup || !fx_begin_reading(connection))
		return 1; /* unread: a gap */
	if (!connection->accepted)
		fx_meet(connection, bpf_skc_to_tcp_sock(sk));
	if (!(cgroup->flags & FX_CGROUP_READY) && (cgroup->flags & FX_CGROUP_EXECED))
		fx_ready(cgroup, cgroup->id, 0, 0);
	fx_come_in(skb, &segment, connection, cgroup);
	fx_end_reading(connection);
	if (connection->closed)
		fx_abort_all(connection); /* it was closed meanwhile */
	return 1;
}

SEC("cgroup_skb/egress")
int fx_egress(struct __sk_buff *skb)
{
	struct bpf_sock *sk = fx_tcp_socket(skb);
	struct fx_cpu *cpu = fx_this_cpu();
	struct fx_connection *connection;
	struct fx_segment segment;
	struct fx_cgroup *cgroup;

	if (cpu)
		cpu->packets_out += 1;
	if (!sk)
		return 1;
	connection = fx_connection_of(skb, sk);
	if (!connection || !connection->accepted || connection->closed || !fx_segment_of(skb, &segment))
		return 1;
	cgroup = fx_served(connection);
	if (cgroup && segment.bytes)
		fx_go_out(skb, &segment, connection, cgroup);
	if (segment.fin)
		fx_finish(connection);
	return 1;
}
