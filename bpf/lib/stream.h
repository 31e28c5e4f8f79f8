/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Streams of HTTP/2 that are open: each is a request of its own. */
#ifndef FX_STREAM_H
#define FX_STREAM_H

#include "bpf/lib/http2.h"
#include "bpf/lib/request.h"

#define FX_STREAMS_RECENT 256 /* more than servers let be open at once, as a rule */

/* Tells connections of HTTP/2 apart. */
__u64 fx_connections_begun = 0;

/* Keeps a stream; false, and counted as lost, where there is no room. */
static __always_inline bool fx_keep_stream(struct fx_connection *connection, __u32 stream, __u64 start_ns)
{
	struct fx_stream_key key = {.connection = connection->id, .stream = stream};

	if (bpf_map_update_elem(&fx_streams, &key, &start_ns, BPF_NOEXIST)) {
		fx_lost(FX_LOSS_MAP);
		return false;
	}
	__sync_fetch_and_add(&connection->streams, 1);
	return true;
}

static __always_inline void fx_open_stream(struct fx_connection *connection, struct fx_cgroup *cgroup,
					   __u32 stream)
{
	connection->highest = stream;
	if (fx_keep_stream(connection, stream, connection->now_ns) && !connection->greets)
		fx_flight(cgroup, !connection->from_probe, connection->from_probe, 0);
}

/* Ends a stream, unless it is over already: who deletes it has ended it. */
static __always_inline void fx_end_stream(struct fx_connection *connection, const struct fx_stream_key *key,
					  __u64 start_ns, __u32 aborted)
{
	struct fx_ended ended = {.start_ns = start_ns, .aborted = aborted};
	struct fx_cgroup *cgroup = fx_served(connection);

	if (bpf_map_delete_elem(&fx_streams, key))
		return;
	ended.protocol = FX_PROTOCOL_HTTP2;
	ended.marks = connection->from_probe ? FX_MARK_PROBE : 0;
	ended.stream = key->stream;
	__sync_fetch_and_add(&connection->streams, -1);
	if (cgroup && !connection->greets)
		fx_request_ends(cgroup, &ended);
}

static __always_inline void fx_close_stream(struct fx_connection *connection, __u32 stream, __u32 aborted)
{
	struct fx_stream_key key = {.connection = connection->id, .stream = stream};
	__u64 *start_ns = bpf_map_lookup_elem(&fx_streams, &key);

	if (start_ns)
		fx_end_stream(connection, &key, *start_ns, aborted);
}

static long fx_abort_stream(void *map, const struct fx_stream_key *key, __u64 *start_ns, struct fx_each *each)
{
	struct fx_stream_key copy = *key;

	if (copy.connection == each->connection->id)
		fx_end_stream(each->connection, &copy, *start_ns, 1);
	return 0;
}

static long fx_abort_recent(__u32 index, struct fx_each *each)
{
	struct fx_connection *connection = each->connection;

	if (!connection->streams || connection->highest < 2 * index + 1)
		return 1;
	fx_close_stream(connection, connection->highest - 2 * index, 1);
	return 0;
}

/* Those that are open are most often among the last; the others are looked for
 * among all there are. */
static __always_inline void fx_abort_streams(struct fx_connection *connection)
{
	struct fx_each each = {.connection = connection};

	if (connection->streams)
		bpf_loop(FX_STREAMS_RECENT, fx_abort_recent, &each, 0);
	if (connection->streams)
		bpf_for_each_map_elem(&fx_streams, fx_abort_stream, &each, 0);
}

/* Nothing that is open on the connection will be answered. */
static __always_inline void fx_abort_all(struct fx_connection *connection)
{
	fx_end_all(connection, 1);
	fx_abort_streams(connection);
}

/* Nothing more will come or go. Whoever reads meanwhile sees it, or is seen:
 * the exchange is a full barrier. */
static __always_inline void fx_close(struct fx_connection *connection)
{
	__sync_lock_test_and_set(&connection->closed, 1);
	fx_abort_all(connection);
}

/* HTTP/2 from here on, in both directions; either side may be the first to
 * find out. False if it has become another protocol meanwhile. */
static __always_inline bool fx_begin_http2(struct fx_connection *connection)
{
	__u64 id = __sync_fetch_and_add(&fx_connections_begun, 1) + 1;

	__sync_val_compare_and_swap(&connection->id, 0, id);
	return fx_leave_http1(connection, FX_MODE_HTTP2) || connection->mode == FX_MODE_HTTP2;
}

#endif
