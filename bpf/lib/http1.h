/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * HTTP/1 (RFC 9112): where requests and responses begin and end. Heads are
 * read byte by byte, bodies are passed over by their length. Pure.
 */
#ifndef FX_HTTP1_H
#define FX_HTTP1_H

#include "bpf/lib/http1_head.h"

/* Makes a request a probe, or opaque, unless it is over, a probe or opaque already. */
FX_INLINE int fx_http1_becomes(struct fx_connection *connection, __u32 slot, __u32 mark)
{
	__u32 *marks = &connection->marks[slot & (FX_PIPELINE - 1)];
	__u32 was = *marks;

	return !(was & (FX_MARK_DONE | FX_MARK_PROBE | FX_MARK_OPAQUE)) &&
	       __sync_val_compare_and_swap(marks, was, was | mark) == was;
}

/* The request under way is a probe. */
FX_INLINE void fx_http1_probe(struct fx_connection *connection)
{
	if (connection->slot < FX_PIPELINE &&
	    fx_http1_becomes(connection, connection->slot, FX_MARK_PROBE))
		connection->probes += 1;
}

/* Takes the oldest request that is open; 0 if none is. Who moves `answered` on
 * owns the slot until it is freed. */
FX_INLINE int fx_http1_take(struct fx_connection *connection, struct fx_ended *ended)
{
	__u32 answered = connection->answered;
	__u32 slot = answered & (FX_PIPELINE - 1);
	__s32 open = connection->opened - answered;

	if (open <= 0 ||
	    __sync_val_compare_and_swap(&connection->answered, answered, answered + 1) != answered)
		return 0;
	ended->start_ns = connection->start_ns[slot];
	ended->marks = __sync_fetch_and_or(&connection->marks[slot], FX_MARK_DONE);
	if (ended->marks & FX_MARK_DONE)
		ended->marks = 0; /* it has no slot of its own */
	__sync_fetch_and_add(&connection->freed, 1);
	return 1;
}

/* A request takes the next slot, if one is free. */
FX_INLINE void fx_http1_open(struct fx_connection *connection)
{
	__u32 slot = FX_PIPELINE;

	if (connection->opened - connection->freed < FX_PIPELINE) {
		slot = connection->opened & (FX_PIPELINE - 1);
		connection->marks[slot] = 0;
		connection->start_ns[slot] = connection->now_ns;
	}
	connection->slot = slot;
	connection->opened += 1;
	if (connection->from_probe)
		fx_http1_probe(connection);
}

/* A mark whose lack would be taken for another response needs a slot. */
FX_INLINE void fx_http1_mark(struct fx_connection *connection, __u32 mark)
{
	if (connection->slot < FX_PIPELINE)
		__sync_fetch_and_or(&connection->marks[connection->slot & (FX_PIPELINE - 1)], mark);
	else
		connection->in.state = FX_HTTP1_BROKEN;
}

FX_INLINE int fx_http1_is_upper(__u8 c) { return c >= 'A' && c <= 'Z'; }

/* The method's first byte opens a request; empty lines before it do not. */
FX_INLINE void fx_http1_request_start(struct fx_connection *connection, struct fx_reader *reader, __u8 c)
{
	if (c == '\r' || c == '\n')
		return;
	if (!fx_http1_is_upper(c)) {
		reader->state = FX_HTTP1_BROKEN;
		return;
	}
	fx_http1_open(connection);
	fx_http1_begin(reader);
	reader->hash = fx_fnv(FX_FNV_START, c);
	reader->state = FX_HTTP1_METHOD;
}

FX_INLINE void fx_http1_method(struct fx_connection *connection, struct fx_reader *reader, __u8 c)
{
	if (c != ' ') {
		reader->hash = fx_fnv(reader->hash, c);
		reader->matched += 1;
		if (reader->matched > FX_HTTP1_METHOD_MAX || !(fx_http1_is_upper(c) || c == '-' || c == '_'))
			reader->state = FX_HTTP1_BROKEN;
		return;
	}
	reader->state = FX_HTTP1_TARGET;
	reader->matched = 1; /* the space */
	if (reader->hash == FX_HASH_HEAD)
		fx_http1_mark(connection, FX_MARK_HEAD);
	else if (reader->hash == FX_HASH_CONNECT)
		fx_http1_mark(connection, FX_MARK_CONNECT);
	else if (reader->hash == FX_HASH_PRI) {
		/* The preface of HTTP/2 (RFC 9113, 3.4) is what a connection begins with. */
		reader->state = connection->heads ? FX_HTTP1_BROKEN : FX_HTTP1_PREFACE;
		reader->matched = 4;
	}
}

/* The request line ends in HTTP/1.x, or this is another protocol. */
FX_INLINE void fx_http1_target(struct fx_reader *reader, __u8 c)
{
	if (c == '\n')
		reader->state = reader->matched > FX_HTTP1_VERSION ? FX_HTTP1_LINE : FX_HTTP1_BROKEN;
	else if (reader->matched < FX_HTTP1_VERSION && c == fx_http1_version(reader->matched))
		reader->matched += 1;
	else if (reader->matched == FX_HTTP1_VERSION && c >= '0' && c <= '9')
		reader->matched += 1;
	else if (!(reader->matched > FX_HTTP1_VERSION && c == '\r'))
		reader->matched = c == ' ';
}

FX_INLINE void fx_http1_request_head(struct fx_connection *connection, struct fx_reader *reader)
{
	connection->heads += 1;
	if (reader->flags & FX_HAS_H2C)
		fx_http1_mark(connection, FX_MARK_H2C);
	if (reader->flags & FX_HAS_CHUNKS)
		fx_http1_next_chunk(reader);
	else if (reader->left)
		reader->state = FX_HTTP1_BODY;
	else
		reader->state = FX_HTTP1_START;
}

FX_INLINE void fx_http1_request_byte(struct fx_connection *connection, struct fx_reader *reader, __u8 c)
{
	switch (reader->state) {
	case FX_HTTP1_START:
		return fx_http1_request_start(connection, reader, c);
	case FX_HTTP1_METHOD:
		return fx_http1_method(connection, reader, c);
	case FX_HTTP1_TARGET:
		return fx_http1_target(reader, c);
	}
	if (reader->state >= FX_HTTP1_CHUNK_SIZE) {
		if (fx_http1_chunk_byte(reader, c))
			reader->state = FX_HTTP1_START;
	} else if (fx_http1_header_byte(reader, c)) {
		fx_http1_request_head(connection, reader);
	}
	if (reader->flags & FX_HAS_PROBE) {
		reader->flags &= ~FX_HAS_PROBE;
		fx_http1_probe(connection);
	}
}

/* What the status line has to say after "HTTP/1." (RFC 9112, 4). */
FX_INLINE void fx_http1_status(struct fx_reader *reader, __u8 c)
{
	__u8 at = reader->matched++;
	int digit = c >= '0' && c <= '9';

	if (at < FX_HTTP1_VERSION ? c != fx_http1_version(at) : at == FX_HTTP1_VERSION + 1 ? c != ' ' : !digit)
		reader->state = FX_HTTP1_BROKEN;
	if (at > FX_HTTP1_VERSION + 1)
		reader->status = reader->status * 10 + (c - '0');
	if (at == FX_HTTP1_VERSION + 4 && reader->state == FX_HTTP1_STATUS)
		reader->state = FX_HTTP1_REASON;
}

/* How long the response's body is (RFC 9112, 6.3). */
FX_INLINE void fx_http1_response_head(struct fx_connection *connection, struct fx_reader *reader)
{
	__u32 asked = 0;
	__u32 status = reader->status;

	if (connection->opened != connection->answered)
		asked = connection->marks[connection->answered & (FX_PIPELINE - 1)];
	if (asked & FX_MARK_DONE)
		asked = 0; /* another's slot */
	if (status == 101 || ((asked & FX_MARK_CONNECT) && status / 100 == 2))
		reader->state = FX_HTTP1_SWITCHED;
	else if (status < 200)
		reader->state = FX_HTTP1_START; /* an answer is still to come */
	else if ((asked & FX_MARK_HEAD) || status == 204 || status == 304)
		reader->state = FX_HTTP1_DONE;
	else if (reader->flags & FX_HAS_CHUNKS)
		fx_http1_next_chunk(reader);
	else if (!(reader->flags & FX_HAS_LENGTH))
		reader->state = FX_HTTP1_UNTIL_CLOSE;
	else
		reader->state = reader->left ? FX_HTTP1_BODY : FX_HTTP1_DONE;
}

FX_INLINE void fx_http1_response_byte(struct fx_connection *connection, struct fx_reader *reader, __u8 c)
{
	if (reader->state == FX_HTTP1_START) {
		if (c == '\r' || c == '\n')
			return;
		fx_http1_begin(reader);
		reader->matched = 2; /* a space that is not there, and H */
		reader->state = c == 'H' ? FX_HTTP1_STATUS : FX_HTTP1_BROKEN;
	} else if (reader->state == FX_HTTP1_STATUS) {
		fx_http1_status(reader, c);
	} else if (reader->state == FX_HTTP1_REASON) {
		if (c == '\n')
			reader->state = FX_HTTP1_LINE;
	} else if (reader->state >= FX_HTTP1_CHUNK_SIZE) {
		if (fx_http1_chunk_byte(reader, c))
			reader->state = FX_HTTP1_DONE;
	} else if (fx_http1_header_byte(reader, c)) {
		fx_http1_response_head(connection, reader);
	}
}

/* Reads a direction; returns how many bytes it took. `request` is constant
 * where this is inlined. */
FX_INLINE __u32 fx_http1_read(struct fx_connection *connection, struct fx_reader *reader,
			      const struct fx_block *block, __u32 count, int request)
{
	__u32 i;

	if (count > FX_BLOCK)
		count = FX_BLOCK;
	for (i = 0; i < count && i < FX_BLOCK; i++) {
		__u8 c = block->bytes[i];

		if (fx_http1_inside(reader, c))
			continue;
		if (reader->state >= FX_HTTP1_STOPS)
			break;
		if (request)
			fx_http1_request_byte(connection, reader, c);
		else
			fx_http1_response_byte(connection, reader, c);
		FX_FORGET();
	}
	fx_http1_limit(reader, i);
	return i;
}

/* It stops where a body begins, and in a state that its caller has to answer. */
FX_GLOBAL __u32 fx_http1_requests(struct fx_connection *connection, const struct fx_block *block, __u32 count)
{
	if (!connection || !block)
		return 0;
	return fx_http1_read(connection, &connection->in, block, count, 1);
}

/* Likewise; it also stops after each response. */
FX_GLOBAL __u32 fx_http1_responses(struct fx_connection *connection, const struct fx_block *block, __u32 count)
{
	if (!connection || !block)
		return 0;
	return fx_http1_read(connection, &connection->out, block, count, 0);
}

/* Passes over a body or a chunk; returns how many bytes it took. */
FX_INLINE __u32 fx_http1_pass(struct fx_reader *reader, __u32 bytes, int request)
{
	__u32 taken;

	if (reader->state == FX_HTTP1_UNTIL_CLOSE)
		return bytes;
	taken = fx_pass(reader, bytes);
	if (reader->left)
		return taken;
	if (reader->state == FX_HTTP1_CHUNK)
		fx_http1_next_chunk(reader);
	else
		reader->state = request ? FX_HTTP1_START : FX_HTTP1_DONE;
	return taken;
}

FX_INLINE int fx_http1_passes(const struct fx_reader *reader)
{
	return reader->state == FX_HTTP1_BODY || reader->state == FX_HTTP1_CHUNK ||
	       reader->state == FX_HTTP1_UNTIL_CLOSE;
}

#endif
