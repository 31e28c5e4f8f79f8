/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * What comes with a handshake's last segment: it is read before its connection
 * is there, and its requests are told when the connection comes. Often none
 * does: the queue of connections is full, or nobody knows the segment any more.
 */
#ifndef FX_GREETING_H
#define FX_GREETING_H

#include "bpf/lib/segment.h"
#include "bpf/lib/stream.h"
#include "bpf/lib/turn.h"

/* Where to read it. What waited for a connection that never came is forgotten. */
static __always_inline struct fx_connection *fx_greeting_of(struct bpf_sock *listener,
							    const struct fx_segment *segment)
{
	__u32 zero = 0, entry = fx_entry_of(bpf_sk_cgroup_id(listener));
	struct fx_greeting *greeting = bpf_map_lookup_elem(&fx_greetings, &zero);
	struct fx_cgroup *cgroup = fx_sandbox_entry(entry);

	if (!greeting || !cgroup)
		return 0;
	if (greeting->waits)
		fx_abort_streams(&greeting->connection);
	__builtin_memset(&greeting->connection, 0, sizeof(greeting->connection));
	greeting->waits = 1;
	greeting->seq = segment->seq;
	greeting->from = segment->from;
	greeting->connection.entry = entry;
	greeting->connection.serial = cgroup->serial;
	greeting->connection.accepted = 1;
	greeting->connection.greets = 1;
	return &greeting->connection;
}

/* All requests so far are probes; how many. */
static __always_inline __u32 fx_all_probes(struct fx_connection *connection, __u32 requests)
{
	for (__u32 slot = 0; slot < FX_PIPELINE; slot++)
		connection->marks[slot] = (connection->marks[slot] & ~FX_MARK_OPAQUE) | FX_MARK_PROBE;
	return connection->streams || requests < FX_PIPELINE ? requests : FX_PIPELINE;
}

/* Tells the cgroup what a connection brought along. */
static __always_inline void fx_tell_greeting(struct fx_connection *connection, struct fx_cgroup *cgroup)
{
	__u32 requests = connection->opened - connection->answered + connection->streams;
	__u32 probes = connection->probes;
	__u32 opaque = 0;

	if (connection->from_probe)
		probes = fx_all_probes(connection, requests);
	if (connection->mode != FX_MODE_HTTP1 && connection->mode != FX_MODE_HTTP2)
		opaque = requests - probes;
	connection->greets = 0;
	connection->probes = 0;
	if (requests)
		fx_flight(cgroup, requests - probes, probes, opaque);
}

/*
 * A connection that a handshake has made, met before anything on it is read.
 * Its first segment may overtake the one that completes the handshake, on
 * another CPU: who holds the turn first does this.
 */
static __always_inline void fx_meet(struct fx_connection *connection, struct tcp_sock *tcp)
{
	if (!tcp)
		return;
	connection->in.next = tcp->rcv_nxt;
	connection->in.known = 1;
	connection->from_probe = fx_from_probe((const struct sock *)tcp);
	connection->accepted = 1;
}

/* What came with the handshake's last segment has been read already. */
static __always_inline void fx_take_greeting(const struct sock *sk, struct tcp_sock *tcp,
					     struct fx_connection *connection, struct fx_cgroup *cgroup)
{
	__u32 zero = 0, from_probe = connection->from_probe;
	struct fx_greeting *greeting = bpf_map_lookup_elem(&fx_greetings, &zero);

	if (!greeting || !greeting->waits || greeting->from != sk->__sk_common.skc_dport ||
	    greeting->seq != tcp->rcv_nxt || greeting->connection.entry != connection->entry)
		return;
	greeting->waits = 0;
	greeting->connection.reading = connection->reading;
	__builtin_memcpy(connection, &greeting->connection, sizeof(*connection));
	connection->from_probe = from_probe;
	fx_tell_greeting(connection, cgroup);
}

#endif
