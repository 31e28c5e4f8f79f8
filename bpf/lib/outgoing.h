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

/* A frame's header has gone out. */
static __always_inline void fx_frame_out(struct fx_walk *walk)
{
	struct fx_reader *reader = &walk->connection->out;

	if (fx_http2_enter(reader) && reader->type == FX_HTTP2_RST_STREAM)
		fx_close_stream(walk->connection, reader->stream, 1);
}

static long fx_read_frames_out(__u32 index, struct fx_walk *walk)
{
	struct fx_reader *reader = &walk->connection->out;
	struct fx_block block = {};
	__u32 taken;

	if (reader->state == FX_HTTP2_PAYLOAD)
		taken = fx_pass(reader, walk->left);
	else
		taken = fx_http2_bytes(reader, &block, fx_load(walk, &block));
	if (reader->state == FX_HTTP2_FRAME)
		fx_frame_out(walk);
	if (fx_http2_ends(reader))
		fx_close_stream(walk->connection, reader->stream, 0);
	if (reader->state == FX_HTTP2_PAYLOAD && !reader->left)
		fx_http2_next(reader);
	return fx_walked(walk, taken);
}

static __always_inline void fx_go_out_http2(struct fx_walk *walk)
{
	struct fx_reader *reader = &walk->connection->out;

	fx_http2_adopt(reader, 0);
	if (reader->state == FX_HTTP2_SEEK && !fx_seek_frame(walk, reader))
		return;
	bpf_loop(FX_WALK_MAX, fx_read_frames_out, walk, 0);
}

/* A request goes on as a stream, which has no marks of its own. */
static __always_inline void fx_unmark(struct fx_connection *connection, struct fx_cgroup *cgroup, __u32 marks)
{
	if ((marks & FX_MARK_PROBE) && !connection->from_probe)
		fx_flight(cgroup, 1, -1, 0);
	else if (marks & FX_MARK_OPAQUE)
		fx_flight(cgroup, 0, 0, -1);
}

/* 101 to a request that asked for HTTP/2: it goes on as stream 1, and the
 * client says its preface (RFC 7540, 3.2). */
static __always_inline bool fx_upgrades_to_http2(struct fx_walk *walk)
{
	struct fx_connection *connection = walk->connection;
	struct fx_ended moved = {};
	__u32 slot = connection->answered & (FX_PIPELINE - 1);

	if (connection->opened == connection->answered || !(connection->marks[slot] & FX_MARK_H2C))
		return false;
	fx_begin_http2(connection);
	fx_fresh(&connection->out);
	connection->highest = 1;
	if (fx_keep_stream(connection, 1, connection->start_ns[slot]) && fx_http1_take(connection, &moved))
		fx_unmark(connection, walk->cgroup, moved.marks);
	return true;
}

/* In order; false where the segment brings nothing new. */
static __always_inline bool fx_take_out(struct fx_walk *walk, const struct fx_segment *segment)
{
	struct fx_reader *reader = &walk->connection->out;
	__u32 missing;
	enum fx_arrival arrival = fx_take(walk, reader, segment, &missing);

	if (arrival == FX_ARRIVED_SEEN)
		return false;
	if (arrival == FX_ARRIVED_GAP) /* TCP sends in order: it was not seen here */
		reader->state = walk->connection->mode == FX_MODE_HTTP2 ? FX_HTTP2_SEEK : FX_HTTP1_BROKEN;
	return true;
}

/* A server of HTTP/2 may say its settings before it has heard the client, or
 * while the client's preface is read on another CPU. No response of HTTP/1
 * looks like a frame: 'HTT' is a length above what frames have. */
static __always_inline bool fx_greets_http2(struct fx_walk *walk)
{
	struct fx_connection *connection = walk->connection;
	__u8 type;

	if (connection->heads || connection->out.state != FX_HTTP1_START ||
	    bpf_skb_load_bytes(walk->skb, walk->at + FX_HTTP2_TYPE_AT, &type, 1) || type != FX_HTTP2_SETTINGS ||
	    !fx_seek_frame(walk, &connection->out))
		return false;
	connection->out.framed = 1;
	return fx_begin_http2(connection);
}

static __always_inline void fx_go_out_http1(struct fx_walk *walk)
{
	struct fx_connection *connection = walk->connection;
	struct fx_reader *reader = &connection->out;

	if (fx_greets_http2(walk))
		return fx_go_out_http2(walk);
	bpf_loop(FX_WALK_MAX, fx_read_responses, walk, 0);
	if (reader->state == FX_HTTP1_SWITCHED) {
		if (fx_upgrades_to_http2(walk))
			fx_go_out_http2(walk);
		else
			fx_leave_http1(connection, FX_MODE_UPGRADED);
	} else if (reader->state == FX_HTTP1_BROKEN) {
		if (connection->opened)
			fx_lose(connection, walk->cgroup);
		else
			fx_leave_http1(connection, FX_MODE_OPAQUE); /* the server speaks first */
	}
}

static __always_inline void fx_go_out(struct __sk_buff *skb, struct fx_segment *segment,
				      struct fx_connection *connection, struct fx_cgroup *cgroup)
{
	struct fx_walk walk = {.skb = skb, .connection = connection, .cgroup = cgroup};

	if (!fx_take_out(&walk, segment))
		return;
	switch (connection->mode) {
	case FX_MODE_HTTP1:
		return fx_go_out_http1(&walk);
	case FX_MODE_HTTP2:
		return fx_go_out_http2(&walk);
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
	fx_close(connection);
}

#endif
