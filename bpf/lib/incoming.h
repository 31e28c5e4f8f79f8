/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Reading what comes in on an accepted connection: requests open here. */
#ifndef FX_INCOMING_H
#define FX_INCOMING_H

#include "bpf/lib/thread.h"
#include "bpf/lib/tls.h"

static long fx_read_requests(__u32 index, struct fx_walk *walk)
{
	struct fx_connection *connection = walk->connection;
	struct fx_block block = {};

	if (fx_http1_passes(&connection->in))
		return fx_walked(walk, fx_http1_pass(&connection->in, walk->left, 1));
	return fx_walked(walk, fx_http1_requests(connection, &block, fx_load(walk, &block)));
}

/* A frame's header has come in. */
static __always_inline void fx_frame_in(struct fx_walk *walk)
{
	struct fx_connection *connection = walk->connection;
	struct fx_reader *reader = &connection->in;

	if (!fx_http2_enter(reader))
		return;
	/* Trailers come on a stream that is known; even ones are the server's. */
	if (reader->type == FX_HTTP2_HEADERS && (reader->stream & 1) && reader->stream > connection->highest)
		fx_open_stream(connection, walk->cgroup, reader->stream);
	else if (reader->type == FX_HTTP2_RST_STREAM)
		fx_close_stream(connection, reader->stream, 1);
}

static long fx_read_frames_in(__u32 index, struct fx_walk *walk)
{
	struct fx_reader *reader = &walk->connection->in;
	struct fx_block block = {};
	__u32 taken;

	if (reader->state == FX_HTTP2_PAYLOAD)
		taken = fx_pass(reader, walk->left);
	else
		taken = fx_http2_bytes(reader, &block, fx_load(walk, &block));
	if (reader->state == FX_HTTP2_FRAME)
		fx_frame_in(walk);
	if (reader->state == FX_HTTP2_PAYLOAD && !reader->left)
		fx_http2_next(reader);
	return fx_walked(walk, taken);
}

static long fx_read_records(__u32 index, struct fx_walk *walk)
{
	struct fx_reader *reader = &walk->connection->in;
	struct fx_block block = {};
	__u32 taken;

	if (reader->state == FX_TLS_PAYLOAD)
		taken = fx_pass(reader, walk->left);
	else
		taken = fx_tls_bytes(reader, &block, fx_load(walk, &block));
	if (reader->state == FX_TLS_RECORD) {
		if (fx_tls_request(reader))
			fx_opaque_in(walk->connection, walk->cgroup);
		reader->state = FX_TLS_PAYLOAD;
	}
	if (reader->state == FX_TLS_PAYLOAD && !reader->left)
		fx_tls_next(reader);
	return fx_walked(walk, taken);
}

/* Bytes before the segment were never seen. What is missing inside a body or
 * a frame need not be read. */
static __always_inline bool fx_gap_in(struct fx_walk *walk, __u32 missing)
{
	struct fx_connection *connection = walk->connection;
	struct fx_reader *reader = &connection->in;

	switch (connection->mode) {
	case FX_MODE_HTTP1:
		if (fx_http1_passes(reader) && reader->left >= missing) {
			fx_http1_pass(reader, missing, 1);
			return true;
		}
		fx_lose(connection, walk->cgroup);
		return false;
	case FX_MODE_HTTP2:
		if (reader->state != FX_HTTP2_PAYLOAD || reader->left < missing)
			reader->state = FX_HTTP2_SEEK;
		else if (fx_pass(reader, missing) && !reader->left)
			fx_http2_next(reader);
		return true;
	case FX_MODE_TLS:
		if (reader->state != FX_TLS_PAYLOAD || reader->left < missing)
			connection->mode = FX_MODE_OPAQUE;
		else if (fx_pass(reader, missing) && !reader->left)
			fx_tls_next(reader);
	}
	return true;
}

/* In order; false where the segment brings nothing that can be read. */
static __always_inline bool fx_take_in(struct fx_walk *walk, const struct fx_segment *segment)
{
	__u32 missing;
	enum fx_arrival arrival = fx_take(walk, &walk->connection->in, segment, &missing);

	if (arrival == FX_ARRIVED_SEEN)
		return false;
	return arrival == FX_ARRIVED_NEW || fx_gap_in(walk, missing);
}

static __always_inline void fx_come_in_http2(struct fx_walk *walk)
{
	struct fx_connection *connection = walk->connection;
	struct fx_reader *reader = &connection->in;

	if (fx_http2_adopt(reader, 1)) /* the preface's first bytes were taken for a request */
		fx_tell(connection, walk->cgroup, connection->opened + fx_discard(connection, walk->cgroup));
	if (reader->state == FX_HTTP2_SEEK && !fx_seek_frame(walk, reader))
		return;
	bpf_loop(FX_WALK_MAX, fx_read_frames_in, walk, 0);
	if (reader->state == FX_HTTP2_BROKEN) {
		connection->mode = FX_MODE_OPAQUE;
		fx_opaque_in(connection, walk->cgroup);
	}
}

static __always_inline void fx_come_in_tls(struct fx_walk *walk)
{
	struct fx_connection *connection = walk->connection;

	bpf_loop(FX_WALK_MAX, fx_read_records, walk, 0);
	if (connection->in.state == FX_TLS_BROKEN)
		connection->mode = FX_MODE_OPAQUE;
}

/* What a connection begins with, when it is not HTTP/1; and where reading
 * begins again, which may be in the middle of HTTP/2. */
static __always_inline bool fx_begins_other(struct fx_walk *walk)
{
	struct fx_connection *connection = walk->connection;
	__u8 bytes[2];

	if (walk->left < sizeof(bytes) || bpf_skb_load_bytes(walk->skb, walk->at, bytes, sizeof(bytes)))
		return false;
	if (fx_tls_begins(bytes[0], bytes[1])) {
		if (!fx_leave_http1(connection, FX_MODE_TLS))
			return false;
		if (connection->attempts)
			connection->in.flags = FX_TLS_DONE;
		fx_come_in_tls(walk);
		return true;
	}
	if (!connection->attempts || !fx_seek_frame(walk, &connection->in))
		return false;
	connection->in.framed = 1;
	connection->out.state = FX_HTTP2_SEEK;
	connection->out.framed = 1;
	fx_begin_http2(connection);
	fx_come_in_http2(walk);
	return true;
}

static __always_inline void fx_come_in_http1(struct fx_walk *walk)
{
	struct fx_connection *connection = walk->connection;
	struct fx_reader *reader = &connection->in;
	__u32 opened = connection->opened;

	if (!connection->heads && reader->state == FX_HTTP1_START && fx_begins_other(walk))
		return;
	bpf_loop(FX_WALK_MAX, fx_read_requests, walk, 0);
	if (reader->state == FX_HTTP1_PREFACE)
		opened += fx_discard(connection, walk->cgroup);
	fx_tell(connection, walk->cgroup, opened);
	if (reader->state == FX_HTTP1_PREFACE) {
		reader->state = FX_HTTP2_PREFACE;
		reader->framed = 1;
		fx_begin_http2(connection);
		fx_come_in_http2(walk);
	} else if (reader->state == FX_HTTP1_BROKEN) {
		fx_not_http1(connection, walk->cgroup);
	}
}

static __always_inline void fx_come_in(struct __sk_buff *skb, struct fx_segment *segment,
				       struct fx_connection *connection, struct fx_cgroup *cgroup)
{
	struct fx_walk walk = {.skb = skb, .connection = connection, .cgroup = cgroup};

	connection->now_ns = bpf_ktime_get_ns();
	if (connection->mode == FX_MODE_RESYNC && !fx_find_thread(connection))
		return;
	if (!fx_take_in(&walk, segment))
		return;
	switch (connection->mode) {
	case FX_MODE_HTTP1:
		return fx_come_in_http1(&walk);
	case FX_MODE_HTTP2:
		return fx_come_in_http2(&walk);
	case FX_MODE_TLS:
		return fx_come_in_tls(&walk);
	case FX_MODE_OPAQUE:
		fx_opaque_in(connection, cgroup);
	}
}

#endif
