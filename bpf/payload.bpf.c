// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Payload in and out of sandboxes, attached to the root of the v2 hierarchy.
 * A request opens with the first payload byte in, and closes with the first
 * segment of the response; nothing of the payload is read.
 */
#include <bpf/bpf_endian.h>

#include "bpf/lib/request.h"

#define FX_IPPROTO_TCP 6
#define FX_AF_INET 2
#define FX_IPV6_HEADER 40

/* Bytes of TCP payload in this packet; -1 if it is not TCP. */
static __always_inline int fx_payload_bytes(struct __sk_buff *skb)
{
	__u8 version_ihl = 0, protocol = 0, offset = 0;
	int header;

	if (bpf_skb_load_bytes(skb, 0, &version_ihl, 1))
		return -1;
	if (version_ihl >> 4 == 4) {
		header = (version_ihl & 0xf) * 4;
		if (bpf_skb_load_bytes(skb, 9, &protocol, 1))
			return -1;
	} else {
		header = FX_IPV6_HEADER;
		if (bpf_skb_load_bytes(skb, 6, &protocol, 1))
			return -1;
	}
	if (protocol != FX_IPPROTO_TCP || bpf_skb_load_bytes(skb, header + 12, &offset, 1))
		return -1;
	return (int)skb->len - header - (offset >> 4) * 4;
}

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
	if (!cgroup || sk->state != BPF_TCP_ESTABLISHED)
		return 0;
	connection = bpf_sk_storage_get(&fx_connections, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!connection) {
		fx_lost(FX_LOSS_SOCKET_STORAGE);
		return 0;
	}
	connection->entry = entry;
	connection->serial = cgroup->serial;
	connection->accepted = fx_has_listener(skb, sk);
	if (connection->accepted && fx_mid_request(sk))
		connection->open = FX_OPEN_PARTIAL;
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
	struct fx_cgroup *cgroup;

	if (cpu)
		cpu->packets_in += 1;
	if (!sk)
		return 1;
	connection = fx_connection_of(skb, sk);
	if (!connection || !connection->accepted || connection->open || fx_payload_bytes(skb) <= 0)
		return 1;
	cgroup = fx_served(connection);
	if (!cgroup)
		return 1;
	if (!(cgroup->flags & FX_CGROUP_READY) && (cgroup->flags & FX_CGROUP_EXECED))
		fx_ready(cgroup, cgroup->id, 0, 0, 0);
	fx_request_starts(connection, cgroup);
	return 1;
}

/* Whether this kernel lets cgroup_skb read task storage: 6.1 and 6.12 do not. */
const volatile bool fx_skb_task_storage = false;

SEC("cgroup_skb/egress")
int fx_egress(struct __sk_buff *skb)
{
	struct bpf_sock *sk = fx_tcp_socket(skb);
	struct fx_cpu *cpu = fx_this_cpu();
	struct fx_connection *connection;

	if (cpu)
		cpu->packets_out += 1;
	if (!sk)
		return 1;
	connection = fx_connection_of(skb, sk);
	if (!connection || !connection->open || fx_payload_bytes(skb) <= 0)
		return 1;
	if (connection->open == FX_OPEN_PARTIAL) {
		connection->open = FX_OPEN_NONE;
		return 1;
	}
	/* Most often the sandbox's own thread sends: its slice so far was busy. */
	if (fx_skb_task_storage)
		fx_partial_now();
	fx_request_ends(connection, false);
	return 1;
}
