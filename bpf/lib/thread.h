/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Connections that cannot be read, or no longer: byte edges, and how reading begins again. */
#ifndef FX_THREAD_H
#define FX_THREAD_H

#include "bpf/lib/walk.h"

#define FX_RESYNC_MAX 8 /* attempts, until it is taken for another protocol */

/* The thread is lost. What is open stays so until it is found again. */
static __always_inline void fx_lose(struct fx_connection *connection, struct fx_cgroup *cgroup)
{
	connection->turned = 0;
	if (fx_leave_http1(connection, FX_MODE_RESYNC))
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

/* Tells the cgroup what reading has found. */
static __always_inline void fx_tell(struct fx_connection *connection, struct fx_cgroup *cgroup, __u32 opened)
{
	__s32 probes = connection->probes;
	__s32 requests = connection->opened - opened;

	if (connection->greets)
		return;
	connection->probes = 0;
	if (requests || probes)
		fx_flight(cgroup, requests - probes, probes, 0);
}

/* What was taken for a connection's first request is none; how many are open
 * no longer, and are to be told. */
static __always_inline __u32 fx_discard(struct fx_connection *connection, struct fx_cgroup *cgroup)
{
	struct fx_ended ended = {};

	if (!fx_http1_take(connection, &ended))
		return 0;
	if (ended.marks & FX_MARK_PROBE)
		connection->probes -= 1;
	if ((ended.marks & FX_MARK_OPAQUE) && !connection->greets)
		fx_flight(cgroup, 0, 0, -1);
	return 1;
}

/* Payload by its edges: it opens a request unless one is open. */
static __always_inline void fx_opaque_in(struct fx_connection *connection, struct fx_cgroup *cgroup)
{
	__u32 opened = connection->opened;

	if (opened != connection->answered)
		return;
	fx_http1_open(connection);
	fx_tell(connection, cgroup, opened);
	fx_blind(connection, cgroup);
}

/* What came in is no HTTP/1 request. */
static __always_inline void fx_not_http1(struct fx_connection *connection, struct fx_cgroup *cgroup)
{
	if (connection->heads) {
		fx_lose(connection, cgroup);
	} else if (connection->attempts && connection->attempts < FX_RESYNC_MAX) {
		/* The middle of something: it was no request. */
		fx_tell(connection, cgroup, connection->opened + fx_discard(connection, cgroup));
		fx_leave_http1(connection, FX_MODE_RESYNC);
	} else if (fx_leave_http1(connection, FX_MODE_OPAQUE) || connection->mode == FX_MODE_OPAQUE) {
		fx_blind(connection, cgroup);
		fx_opaque_in(connection, cgroup);
	}
}

#endif
