/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Reading what comes in on an accepted connection: requests open here. */
#ifndef FX_INCOMING_H
#define FX_INCOMING_H

#include "bpf/lib/segment.h"
#include "bpf/lib/stream.h"

/* A packet's payload, as far as it has been read. */
struct fx_walk {
	struct __sk_buff *skb;
	struct fx_connection *connection;
	struct fx_cgroup *cgroup;
	__u32 at; /* in the packet */
	__u32 left;
};

#define FX_WALK_MAX (1 << 16) /* steps; each takes at least a byte */
#define FX_RESYNC_MAX 8	      /* attempts, until it is taken for another protocol */
#define FX_TLS_HANDSHAKE 22   /* a record's type (RFC 8446, 5.1) */

/* Loads what is next of the payload into an empty block; returns how much. */
static __always_inline __u32 fx_load(const struct fx_walk *walk, struct fx_block *block)
{
	__u32 count = walk->left < FX_BLOCK ? walk->left : FX_BLOCK;

	if (!count)
		return 0;
	/* Linux 6.1's verifier learns nothing from a test for 0; from a mask, after
	 * which 1 is added, it does. The compiler must not see that they are idle. */
	count--;
	asm volatile("" : "+r"(count));
	count = (count & (FX_BLOCK - 1)) + 1;
	if (bpf_skb_load_bytes(walk->skb, walk->at, block, count))
		return 0;
	return count;
}

static __always_inline long fx_walked(struct fx_walk *walk, __u32 taken)
{
	walk->at += taken;
	walk->left -= taken;
	return !taken || !walk->left;
}

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

	/* Trailers come on a stream that is known; even ones are the server's. */
	if (reader->type == FX_HTTP2_HEADERS && (reader->stream & 1) && reader->stream > connection->highest)
		fx_open_stream(connection, walk->cgroup, reader->stream);
	else if (reader->type == FX_HTTP2_RST_STREAM)
		fx_close_stream(connection, reader->stream, 1);
	fx_http2_enter(reader);
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

/* After a gap: whether the segment begins with a frame. */
static __always_inline bool fx_seek_frame(struct fx_walk *walk, struct fx_reader *reader)
{
	__u8 bytes[FX_HTTP2_HEADER_BYTES];

	if (walk->left < sizeof(bytes) || bpf_skb_load_bytes(walk->skb, walk->at, bytes, sizeof(bytes)) ||
	    !fx_http2_plausible(bytes))
		return false;
	fx_http2_next(reader);
	return true;
}

/* The thread is lost. What is open stays so until it is found again. */
static __always_inline void fx_lose(struct fx_connection *connection, struct fx_cgroup *cgroup)
{
	connection->mode = FX_MODE_RESYNC;
	connection->turned = 0;
	fx_blind(connection, cgroup);
}

/* Where more came in after an answer, a new request begins: what was open is
 * over, and reading starts anew in both directions. */
static __always_inline bool fx_find_thread(struct fx_connection *connection)
{
	bool found = connection->turned;

	connection->turned = 0;
	if (!found)
		return false;
	fx_end_all(connection, 0);
	fx_fresh(&connection->in);
	fx_fresh(&connection->out);
	connection->in.known = 0;
	connection->out.known = 0;
	connection->heads = 0;
	connection->attempts += 1;
	connection->mode = FX_MODE_HTTP1;
	return true;
}

/* Payload by its edges: it opens a request unless one is open. */
static __always_inline void fx_opaque_in(struct fx_connection *connection, struct fx_cgroup *cgroup)
{
	if (connection->opened != connection->answered)
		return;
	fx_http1_open(connection);
	fx_flight(cgroup, 1, 0, 0);
	fx_blind(connection, cgroup);
}

/* What came in is no HTTP/1 request. */
static __always_inline void fx_not_http1(struct fx_connection *connection, struct fx_cgroup *cgroup)
{
	if (connection->heads) {
		fx_lose(connection, cgroup);
	} else if (connection->attempts && connection->attempts < FX_RESYNC_MAX) {
		/* The middle of something: it was no request. */
		if (connection->opened != connection->answered) {
			connection->opened -= 1;
			fx_flight(cgroup, -1, 0, 0);
		}
		connection->mode = FX_MODE_RESYNC;
	} else {
		connection->mode = FX_MODE_OPAQUE;
		fx_blind(connection, cgroup);
		fx_opaque_in(connection, cgroup);
	}
}

/* Tells the cgroup what reading has found. */
static __always_inline void fx_tell(struct fx_connection *connection, struct fx_cgroup *cgroup, __u32 opened)
{
	__s32 probes = connection->probes;
	__s32 requests = connection->opened - opened;

	connection->probes = 0;
	if (requests || probes)
		fx_flight(cgroup, requests - probes, probes, 0);
}

/* In order; false where the segment brings nothing new. */
static __always_inline bool fx_take_in(struct fx_walk *walk, const struct fx_segment *segment,
				       struct fx_cgroup *cgroup)
{
	struct fx_connection *connection = walk->connection;
	struct fx_reader *reader = &connection->in;
	__u32 overlap, missing;
	enum fx_arrival arrival = fx_arrive(reader, segment->seq, segment->bytes, &overlap, &missing);

	if (arrival == FX_ARRIVED_SEEN)
		return false;
	reader->next = segment->seq + segment->bytes;
	walk->at = segment->payload + overlap;
	walk->left = segment->bytes - overlap;
	if (arrival == FX_ARRIVED_NEW)
		return true;
	/* What is missing inside a body or a frame need not be read. */
	if (connection->mode == FX_MODE_HTTP2) {
		if (reader->state != FX_HTTP2_PAYLOAD || reader->left < missing)
			reader->state = FX_HTTP2_SEEK;
		else if (fx_pass(reader, missing) && !reader->left)
			fx_http2_next(reader);
		return true;
	}
	if (fx_http1_passes(reader) && reader->left >= missing) {
		fx_http1_pass(reader, missing, 1);
		return true;
	}
	fx_lose(connection, cgroup);
	return false;
}

static __always_inline void fx_come_in_http2(struct fx_walk *walk)
{
	struct fx_connection *connection = walk->connection;
	struct fx_reader *reader = &connection->in;

	if (reader->state == FX_HTTP2_SEEK && !fx_seek_frame(walk, reader))
		return;
	bpf_loop(FX_WALK_MAX, fx_read_frames_in, walk, 0);
	if (reader->state == FX_HTTP2_BROKEN) {
		connection->mode = FX_MODE_OPAQUE;
		fx_opaque_in(connection, walk->cgroup);
	}
}

static __always_inline void fx_come_in_http1(struct fx_walk *walk)
{
	struct fx_connection *connection = walk->connection;
	struct fx_reader *reader = &connection->in;
	__u32 opened = connection->opened;

	if (connection->attempts && !connection->heads && fx_seek_frame(walk, reader)) {
		fx_begin_http2(connection, walk->skb);
		connection->out.state = FX_HTTP2_SEEK;
		return fx_come_in_http2(walk);
	}
	bpf_loop(FX_WALK_MAX, fx_read_requests, walk, 0);
	fx_tell(connection, walk->cgroup, opened);
	if (reader->state == FX_HTTP1_PREFACE) {
		fx_begin_http2(connection, walk->skb);
		reader->state = FX_HTTP2_PREFACE;
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
	if (connection->mode == FX_MODE_OPAQUE || connection->mode == FX_MODE_TLS)
		return fx_opaque_in(connection, cgroup);
	if (connection->mode == FX_MODE_UPGRADED || !fx_take_in(&walk, segment, cgroup))
		return;
	if (connection->mode == FX_MODE_HTTP2)
		fx_come_in_http2(&walk);
	else
		fx_come_in_http1(&walk);
}

#endif
