/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * TLS: which of the client's records are requests. Records are enciphered;
 * their headers are not (RFC 8446, 5). Application data past the handshake is
 * taken for a request. Pure.
 */
#ifndef FX_TLS_H
#define FX_TLS_H

#include "bpf/lib/reader.h"

enum fx_tls_state {
	FX_TLS_HEADER = 0,
	FX_TLS_PAYLOAD,
	FX_TLS_RECORD, /* a header is complete: the caller acts */
	FX_TLS_BROKEN,
};

enum fx_tls_type {
	FX_TLS_CHANGE_CIPHER = 20,
	FX_TLS_HANDSHAKE = 22,
	FX_TLS_DATA = 23,
	FX_TLS_LAST_TYPE = 24,
};

/* fx_reader.flags */
enum {
	FX_TLS_CHANGED = 1u << 0,
	FX_TLS_DONE = 1u << 1, /* with the handshake */
};

#define FX_TLS_HEADER_BYTES 5
#define FX_TLS_FINISHED_MAX 100 /* bytes: TLS 1.2's are 40 and the like, a hello is longer */

/* Whether a connection's first bytes are a record's. */
FX_INLINE int fx_tls_begins(__u8 type, __u8 version)
{
	return version == 3 && (type == FX_TLS_HANDSHAKE || type == FX_TLS_DATA);
}

FX_INLINE void fx_tls_header_byte(struct fx_reader *reader, __u8 c)
{
	__u8 at = reader->matched++;

	if (at == 0)
		reader->type = c;
	else if (at > 2)
		reader->left = reader->left << 8 | c;
	if ((at == 0 && (c < FX_TLS_CHANGE_CIPHER || c > FX_TLS_LAST_TYPE)) || (at == 1 && c != 3))
		reader->state = FX_TLS_BROKEN;
	else if (at == FX_TLS_HEADER_BYTES - 1)
		reader->state = FX_TLS_RECORD;
}

/* Reads a record's header; returns how many bytes it took. */
FX_GLOBAL __u32 fx_tls_bytes(struct fx_reader *reader, const struct fx_block *block, __u32 count)
{
	__u32 i;

	if (!reader || !block)
		return 0;
	for (i = 0; i < count && i < FX_TLS_HEADER_BYTES; i++) {
		if (reader->state != FX_TLS_HEADER)
			break;
		fx_tls_header_byte(reader, block->bytes[i]);
		FX_FORGET();
	}
	return i;
}

FX_INLINE void fx_tls_next(struct fx_reader *reader)
{
	reader->left = 0;
	reader->matched = 0;
	reader->state = FX_TLS_HEADER;
}

/*
 * Whether the record that begins here is a request. The handshake's last word
 * from the client is, in TLS 1.3, its first application data; in TLS 1.2 the
 * handshake record after its change of cipher. There a resumed session has
 * said no more than its hello before, as has TLS 1.3 that is asked for a
 * second hello.
 */
FX_INLINE int fx_tls_request(struct fx_reader *reader)
{
	int request = reader->type == FX_TLS_DATA && (reader->flags & FX_TLS_DONE);

	if (reader->type == FX_TLS_CHANGE_CIPHER)
		reader->flags |= FX_TLS_CHANGED;
	else if (reader->type == FX_TLS_DATA)
		reader->flags |= FX_TLS_DONE;
	else if (reader->type == FX_TLS_HANDSHAKE && (reader->flags & FX_TLS_CHANGED) &&
		 (reader->status > 1 || reader->left < FX_TLS_FINISHED_MAX))
		reader->flags |= FX_TLS_DONE;
	if (reader->type == FX_TLS_HANDSHAKE)
		reader->status += 1;
	return request;
}

#endif
