/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Reading what goes out on an accepted connection: requests end here. */
#ifndef FX_OUTGOING_H
#define FX_OUTGOING_H

#include "bpf/lib/incoming.h"

static long fx_read_responses(__u32 index, struct fx_walk *walk)
{
	struct fx_connection *connection = walk->connection;
	struct fx_block block = {};
	__u32 taken;

	if (fx_http1_passes(&connection->out))
		taken = fx_http1_pass(&connection->out, walk->left, 0);
	else
		taken = fx_http1_responses(connection, &block, fx_load(walk, &block));
	if (connection->out.state == FX_HTTP1_DONE) {
		connection->out.state = FX_HTTP1_START;
		connection->attempts = 0;
		fx_answer(connection, 0);
	}
	return fx_walked(walk, taken);
}

/* In order; false where the segment brings nothing new. */
static __always_inline bool fx_take_out(struct fx_walk *walk, const struct fx_segment *segment)
{
	struct fx_reader *reader = &walk->connection->out;
	__u32 overlap, missing;
	enum fx_arrival arrival = fx_arrive(reader, segment->seq, segment->bytes, &overlap, &missing);

	if (arrival == FX_ARRIVED_SEEN)
		return false;
	reader->next = segment->seq + segment->bytes;
	walk->at = segment->payload + overlap;
	walk->left = segment->bytes - overlap;
	if (arrival == FX_ARRIVED_GAP)
		reader->state = FX_HTTP1_BROKEN; /* TCP sends in order: not seen here */
	return true;
}

static __always_inline void fx_read_out(struct __sk_buff *skb, struct fx_segment *segment,
					struct fx_connection *connection, struct fx_cgroup *cgroup)
{
	struct fx_walk walk = {.skb = skb, .connection = connection};

	if (!fx_take_out(&walk, segment))
		return;
	bpf_loop(FX_WALK_MAX, fx_read_responses, &walk, 0);
	if (connection->out.state == FX_HTTP1_SWITCHED) {
		connection->mode = FX_MODE_UPGRADED;
	} else if (connection->out.state == FX_HTTP1_BROKEN) {
		if (connection->opened)
			fx_lose(connection, cgroup);
		else
			connection->mode = FX_MODE_OPAQUE; /* the server speaks first */
	}
}

static __always_inline void fx_go_out(struct __sk_buff *skb, struct fx_segment *segment,
				      struct fx_connection *connection, struct fx_cgroup *cgroup)
{
	switch (connection->mode) {
	case FX_MODE_HTTP1:
		return fx_read_out(skb, segment, connection, cgroup);
	case FX_MODE_RESYNC:
		connection->turned = 1;
		return;
	case FX_MODE_OPAQUE:
	case FX_MODE_TLS:
		fx_answer(connection, 0);
	}
}

/* The sandbox has sent its last byte: what lasts until then is complete, and
 * nothing else will be answered. */
static __always_inline void fx_finish(struct fx_connection *connection)
{
	if (connection->mode == FX_MODE_UPGRADED || (connection->mode == FX_MODE_RESYNC && connection->turned) ||
	    (connection->mode == FX_MODE_HTTP1 && connection->out.state == FX_HTTP1_UNTIL_CLOSE))
		fx_answer(connection, 0);
	connection->closed = 1;
	fx_end_all(connection, 1);
}

#endif
