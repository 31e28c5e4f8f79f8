/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * A request may come with the handshake's last segment. That is still the
 * listener's packet; the connection is established right after it, on the same
 * CPU. What was read of it is kept for that moment.
 */
#ifndef FX_EARLY_H
#define FX_EARLY_H

#include "bpf/lib/incoming.h"

/* Reads payload that came to a listener of a sandbox. `out.next` keeps where it began. */
static __always_inline void fx_come_early(struct __sk_buff *skb, struct bpf_sock *listener,
					  const struct fx_segment *segment)
{
	__u32 entry = fx_entry_of(bpf_sk_cgroup_id(listener));
	__u32 only = 0;
	struct fx_connection *early = bpf_map_lookup_elem(&fx_early, &only);
	struct fx_walk walk = {.skb = skb, .connection = early, .at = segment->payload, .left = segment->bytes};

	if (!early || !fx_sandbox_entry(entry))
		return;
	__builtin_memset(early, 0, sizeof(*early));
	early->entry = entry;
	early->now_ns = bpf_ktime_get_ns();
	early->in.next = segment->seq + segment->bytes;
	early->out.next = segment->seq;
	bpf_loop(FX_WALK_MAX, fx_read_requests, &walk, 0);
}

/* A connection is there whose next byte is `seq`: takes over what came early. */
static __always_inline bool fx_take_early(struct fx_connection *connection, __u32 entry, __u32 seq)
{
	__u32 only = 0;
	struct fx_connection *early = bpf_map_lookup_elem(&fx_early, &only);

	if (!early || early->entry != entry || early->out.next != seq)
		return false;
	early->entry = 0;
	__builtin_memcpy(connection, early, sizeof(*connection));
	return true;
}

/* Tells the cgroup of it. */
static __always_inline void fx_tell_early(struct fx_connection *connection, struct fx_cgroup *cgroup,
					  const struct sock *sk)
{
	fx_tell(connection, cgroup, 0);
	if (connection->in.state == FX_HTTP1_PREFACE) {
		/* What followed it was not read. */
		connection->id = bpf_get_socket_cookie((void *)sk);
		connection->mode = FX_MODE_HTTP2;
		connection->in.state = FX_HTTP2_SEEK;
	} else if (connection->in.state == FX_HTTP1_BROKEN) {
		fx_not_http1(connection, cgroup);
	}
}

#endif
