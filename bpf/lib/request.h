/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Readiness and requests in flight of a sandbox. */
#ifndef FX_REQUEST_H
#define FX_REQUEST_H

#include "bpf/lib/account.h"

static __always_inline void fx_ready(struct fx_cgroup *cgroup, __u64 cgroup_id, __u32 family, __u32 port,
				     __u64 memory_bytes)
{
	struct fx_edge_ready *edge;

	__sync_fetch_and_or(&cgroup->flags, FX_CGROUP_READY);
	edge = fx_reserve(sizeof(*edge), FX_EDGE_READY);
	if (!edge)
		return;
	edge->cgroup_id = cgroup_id;
	edge->account = 0;
	edge->serial = 0;
	edge->family = family;
	edge->port = port;
	edge->memory_bytes = memory_bytes;
	bpf_ringbuf_submit(edge, FX_QUIET);
}

/* The sandbox of a connection, unless its entry has been given to another. */
static __always_inline struct fx_cgroup *fx_served(const struct fx_connection *connection)
{
	struct fx_cgroup *cgroup = fx_sandbox_entry(connection->entry);
	return cgroup && cgroup->serial == connection->serial ? cgroup : 0;
}

static __always_inline void fx_request_starts(struct fx_connection *connection, struct fx_cgroup *cgroup)
{
	connection->open = FX_OPEN_REQUEST;
	connection->start_ns = bpf_ktime_get_ns();
	__sync_fetch_and_add(&cgroup->in_flight, 1);
}

static __always_inline void fx_request_ends(struct fx_connection *connection, bool aborted)
{
	struct fx_cgroup *cgroup = fx_served(connection);
	struct fx_edge_request *edge;

	connection->open = FX_OPEN_NONE;
	if (!cgroup)
		return;
	__sync_fetch_and_add(&cgroup->in_flight, -1);
	if (aborted)
		__sync_fetch_and_add(&cgroup->aborted, 1);
	else
		__sync_fetch_and_add(&cgroup->completed, 1);
	edge = fx_reserve(sizeof(*edge), FX_EDGE_REQUEST);
	if (!edge)
		return;
	edge->cgroup_id = cgroup->id;
	edge->start_ns = connection->start_ns;
	edge->flags = aborted ? FX_REQUEST_ABORTED : 0;
	edge->protocol = FX_PROTOCOL_UNKNOWN;
	edge->stream = 0;
	edge->in_flight = cgroup->in_flight;
	bpf_ringbuf_submit(edge, FX_QUIET);
}

#endif
