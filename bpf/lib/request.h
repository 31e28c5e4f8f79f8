/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Readiness of a sandbox, and what is in flight in it. */
#ifndef FX_REQUEST_H
#define FX_REQUEST_H

#include <bpf/bpf_endian.h>

#include "bpf/lib/account.h"
#include "bpf/lib/http1.h"
#include "bpf/lib/memory_integral.h"

FX_RODATA struct fx_probe_table fx_probe_table = {};

/* Whether the peer is one that only probes come from. */
static __noinline __u32 fx_from_probe(const struct sock *sk)
{
	struct fx_probe_source peer = {};

	if (!fx_probe_table.source_count)
		return 0;
	if (sk->__sk_common.skc_family == FX_AF_INET) {
		peer.address[2] = bpf_htonl(0xffff);
		peer.address[3] = sk->__sk_common.skc_daddr;
	} else {
		bpf_probe_read_kernel(peer.address, sizeof(peer.address), &sk->__sk_common.skc_v6_daddr);
	}
	return fx_probe_address(&peer);
}

static __always_inline void fx_ready(struct fx_cgroup *cgroup, __u64 cgroup_id, __u32 family, __u32 port)
{
	struct fx_edge_ready *edge;

	fx_memory_advance(cgroup, bpf_ktime_get_ns());
	__sync_fetch_and_or(&cgroup->flags, FX_CGROUP_READY);
	edge = fx_reserve(sizeof(*edge), FX_EDGE_READY);
	if (!edge)
		return;
	edge->cgroup_id = cgroup_id;
	edge->account = 0;
	edge->serial = 0;
	edge->family = family;
	edge->port = port;
	bpf_ringbuf_submit(edge, FX_QUIET);
}

/* The sandbox of a connection, unless its entry has been given to another. */
static __always_inline struct fx_cgroup *fx_served(const struct fx_connection *connection)
{
	struct fx_cgroup *cgroup = fx_sandbox_entry(connection->entry);
	return cgroup && cgroup->serial == connection->serial ? cgroup : 0;
}

/*
 * The one place where what is in flight changes. Most often the sandbox's own
 * thread runs here: where the phase changes, its slice so far is booked first.
 */
FX_GLOBAL int fx_flight(struct fx_cgroup *cgroup, __s32 requests, __s32 probes, __s32 opaque)
{
	__s32 now, probes_now, opaque_now;
	__u32 flags, phase;

	if (!cgroup)
		return 0;
	flags = cgroup->flags;
	now = cgroup->in_flight;
	probes_now = cgroup->probes_in_flight;
	opaque_now = cgroup->opaque_in_flight;
	phase = fx_phase_of(flags, now, probes_now, opaque_now);
	if (phase != fx_phase_of(flags, now + requests, probes_now + probes, opaque_now + opaque)) {
		if (fx_skb_task_storage)
			fx_partial_now();
		else
			fx_note_piece(cgroup->id, phase);
	}
	if (opaque)
		__sync_fetch_and_add(&cgroup->opaque_in_flight, opaque);
	if (probes)
		__sync_fetch_and_add(&cgroup->probes_in_flight, probes);
	if (!requests)
		return 0;
	if (now <= 0 || now + requests <= 0)
		fx_memory_advance(cgroup, bpf_ktime_get_ns());
	now = __sync_fetch_and_add(&cgroup->in_flight, requests) + requests;
	if (now > 0 && (__u32)now > cgroup->peak_in_flight)
		cgroup->peak_in_flight = now;
	return 0;
}

static __noinline void fx_request_ends(struct fx_cgroup *cgroup, const struct fx_ended *ended)
{
	__u32 probe = ended->marks & FX_MARK_PROBE;
	__u32 opaque = ended->marks & FX_MARK_OPAQUE;
	struct fx_edge_request *edge;

	fx_flight(cgroup, probe ? 0 : -1, probe ? -1 : 0, opaque ? -1 : 0);
	if (!probe)
		__sync_fetch_and_add(ended->aborted ? &cgroup->aborted : &cgroup->completed, 1);
	edge = fx_reserve(sizeof(*edge), FX_EDGE_REQUEST);
	if (!edge)
		return;
	edge->cgroup_id = cgroup->id;
	edge->start_ns = ended->start_ns;
	edge->flags = (ended->aborted ? FX_REQUEST_ABORTED : 0) | (probe ? FX_REQUEST_PROBE : 0) |
		      (opaque ? FX_REQUEST_INFERRED : 0);
	edge->protocol = ended->protocol;
	edge->stream = ended->stream;
	edge->in_flight = cgroup->in_flight;
	bpf_ringbuf_submit(edge, FX_QUIET);
}

static __always_inline __u32 fx_protocol_of(__u32 mode)
{
	switch (mode) {
	case FX_MODE_HTTP1:
		return FX_PROTOCOL_HTTP1;
	case FX_MODE_HTTP2:
		return FX_PROTOCOL_HTTP2;
	case FX_MODE_TLS:
		return FX_PROTOCOL_TLS;
	case FX_MODE_UPGRADED:
		return FX_PROTOCOL_UPGRADED;
	}
	return FX_PROTOCOL_UNKNOWN;
}

/* Ends the oldest request of a connection; false if none is open. */
static __always_inline bool fx_answer(struct fx_connection *connection, __u32 aborted)
{
	struct fx_cgroup *cgroup = fx_served(connection);
	struct fx_ended ended = {.aborted = aborted};

	if (!fx_http1_take(connection, &ended))
		return false;
	ended.protocol = fx_protocol_of(connection->mode);
	if (cgroup)
		fx_request_ends(cgroup, &ended);
	return true;
}

/* All requests of a connection, one after the other. */
struct fx_each {
	struct fx_connection *connection;
	struct fx_cgroup *cgroup;
	__u32 aborted;
};

static long fx_blind_one(__u32 index, struct fx_each *each)
{
	struct fx_connection *connection = each->connection;
	__u32 slot = (connection->answered + index) & (FX_PIPELINE - 1);

	if (index >= connection->opened - connection->answered)
		return 1;
	if (fx_http1_becomes(connection, slot, FX_MARK_OPAQUE) && !connection->greets)
		fx_flight(each->cgroup, 0, 0, 1);
	return 0;
}

/* What is open is from now on known by byte edges alone. */
static __always_inline void fx_blind(struct fx_connection *connection, struct fx_cgroup *cgroup)
{
	struct fx_each each = {.connection = connection, .cgroup = cgroup};

	if (connection->opened != connection->answered)
		bpf_loop(FX_PIPELINE, fx_blind_one, &each, 0);
}

static long fx_end_one(__u32 index, struct fx_each *each)
{
	return !fx_answer(each->connection, each->aborted);
}

/* Ends whatever is open. */
static __always_inline void fx_end_all(struct fx_connection *connection, __u32 aborted)
{
	struct fx_each each = {.connection = connection, .aborted = aborted};

	if (connection->opened != connection->answered)
		bpf_loop(1 << 16, fx_end_one, &each, 0);
}

#endif
