/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* What requests and responses of HTTP/1 share: header lines, and chunks. Pure. */
#ifndef FX_HTTP1_HEAD_H
#define FX_HTTP1_HEAD_H

#include "bpf/lib/probe_match.h"

enum fx_http1_state {
	FX_HTTP1_START = 0, /* between messages */
	FX_HTTP1_METHOD,
	FX_HTTP1_TARGET,
	FX_HTTP1_STATUS,
	FX_HTTP1_REASON,
	FX_HTTP1_LINE, /* a header line begins */
	FX_HTTP1_NAME,
	FX_HTTP1_VALUE, /* that nobody asks for */
	FX_HTTP1_LENGTH,
	FX_HTTP1_CODING,
	FX_HTTP1_UPGRADE,
	FX_HTTP1_PROBE,
	FX_HTTP1_HEAD_END,
	FX_HTTP1_CHUNK_SIZE,
	FX_HTTP1_CHUNK_REST, /* of the size's line */
	FX_HTTP1_TRAILER_LINE,
	FX_HTTP1_TRAILER,
	FX_HTTP1_TRAILER_END,
	/* From here on the caller acts. */
	FX_HTTP1_STOPS,
	FX_HTTP1_BODY = FX_HTTP1_STOPS,
	FX_HTTP1_CHUNK,	      /* and the end of its line */
	FX_HTTP1_UNTIL_CLOSE, /* a body without a length */
	FX_HTTP1_DONE,	      /* a response is complete */
	FX_HTTP1_SWITCHED,    /* 101, or CONNECT's 2xx */
	FX_HTTP1_PREFACE,     /* "PRI ": HTTP/2 */
	FX_HTTP1_BROKEN,
};

/* fx_reader.flags */
enum {
	FX_HAS_LENGTH = 1u << 0,
	FX_HAS_CHUNKS = 1u << 1,
	FX_HAS_H2C = 1u << 2,
	FX_HAS_PROBE = 1u << 3,
};

/* fx_fnv() over the words; http1_test.cpp computes them again. */
#define FX_HASH_HEAD 0x0a8f12cc5f9a0c03ULL
#define FX_HASH_CONNECT 0x54cb3aded715c1b9ULL
#define FX_HASH_PRI 0x77fd5d1956a2022aULL
#define FX_HASH_CONTENT_LENGTH 0x2d69a1e6ee916e7dULL
#define FX_HASH_TRANSFER_ENCODING 0x8640bd735e9d802cULL
#define FX_HASH_UPGRADE 0x7f7d77d7c2a03db7ULL
#define FX_HASH_CHUNKED 0xe64e4a5f7769edf3ULL
#define FX_HASH_H2C 0x33f83b19307804b4ULL

#define FX_HTTP1_METHOD_MAX 24
#define FX_HTTP1_HEAD_MAX (256 * 1024) /* longer heads than any server takes */
#define FX_HTTP1_BODY_MAX (1ULL << 56)

/* " HTTP/1.", a character in each byte from the lowest on. */
#define FX_HTTP1_VERSION 8
FX_INLINE __u8 fx_http1_version(__u8 at)
{
	return 0x2e312f5054544820ULL >> (at & 7) * 8 & 0xff;
}

FX_INLINE void fx_http1_begin(struct fx_reader *reader)
{
	reader->left = 0;
	reader->head_bytes = 0;
	reader->status = 0;
	reader->matched = 0;
	reader->flags = 0;
}

FX_INLINE void fx_http1_limit(struct fx_reader *reader, __u32 bytes)
{
	reader->head_bytes += bytes;
	if (reader->head_bytes > FX_HTTP1_HEAD_MAX && reader->state < FX_HTTP1_CHUNK_SIZE)
		reader->state = FX_HTTP1_BROKEN;
}

/* After the colon: what is the header to us? */
FX_INLINE void fx_http1_named(struct fx_reader *reader)
{
	__u64 name = reader->hash;

	reader->matched = 0;
	reader->state = FX_HTTP1_VALUE;
	if (name == FX_HASH_CONTENT_LENGTH) {
		reader->state = FX_HTTP1_LENGTH;
		reader->left = 0;
	} else if (name == FX_HASH_TRANSFER_ENCODING) {
		reader->state = FX_HTTP1_CODING;
	} else if (name == FX_HASH_UPGRADE) {
		reader->state = FX_HTTP1_UPGRADE;
	} else if (fx_probe_header(name)) {
		reader->state = FX_HTTP1_PROBE;
		if (fx_probe_matches(name, 0))
			reader->flags |= FX_HAS_PROBE;
	}
}

FX_INLINE void fx_http1_length(struct fx_reader *reader, __u8 c)
{
	if (c >= '0' && c <= '9') {
		reader->flags |= FX_HAS_LENGTH;
		reader->left = reader->left * 10 + (c - '0');
		if (reader->left > FX_HTTP1_BODY_MAX)
			reader->state = FX_HTTP1_BROKEN;
	} else if (c == ',') {
		reader->state = FX_HTTP1_VALUE; /* the same length again */
	}
}

/* One of a list's tokens after the other; the last stays in `hash`. */
FX_INLINE int fx_http1_token(struct fx_reader *reader, __u8 c)
{
	if (c == ' ' || c == '\t' || c == ',' || c == ';' || c == '\r' || c == '\n') {
		reader->matched = 0;
		return 1;
	}
	reader->hash = fx_fnv(reader->matched ? reader->hash : FX_FNV_START, c);
	reader->matched = 1;
	return 0;
}

FX_INLINE void fx_http1_probe_byte(struct fx_reader *reader, __u8 c)
{
	if (!reader->matched && (c == ' ' || c == '\t'))
		return;
	reader->hash = fx_fnv(reader->hash, c);
	reader->matched += 1;
	if (fx_probe_matches(reader->hash, reader->matched))
		reader->flags |= FX_HAS_PROBE;
	if (reader->matched >= FX_PROBE_VALUE || (reader->flags & FX_HAS_PROBE))
		reader->state = FX_HTTP1_VALUE;
}

FX_INLINE void fx_http1_value_byte(struct fx_reader *reader, __u8 c)
{
	if (reader->state == FX_HTTP1_LENGTH) {
		fx_http1_length(reader, c);
	} else if (reader->state == FX_HTTP1_CODING) {
		/* Only the last coding frames the message (RFC 9112, 6.1). */
		fx_http1_token(reader, c);
		if (reader->hash == FX_HASH_CHUNKED)
			reader->flags |= FX_HAS_CHUNKS;
		else
			reader->flags &= ~FX_HAS_CHUNKS;
	} else if (reader->state == FX_HTTP1_UPGRADE) {
		if (fx_http1_token(reader, c) && reader->hash == FX_HASH_H2C)
			reader->flags |= FX_HAS_H2C;
	} else if (reader->state == FX_HTTP1_PROBE && c != '\n') {
		fx_http1_probe_byte(reader, c);
	}
	if (c == '\n' && reader->state != FX_HTTP1_BROKEN)
		reader->state = FX_HTTP1_LINE;
}

/* What most bytes are, first: inside a value that nobody asks for, or a name. */
FX_INLINE int fx_http1_inside(struct fx_reader *reader, __u8 c)
{
	if (reader->state == FX_HTTP1_VALUE)
		return c != '\n';
	if (reader->state != FX_HTTP1_NAME || c == ':' || c == '\n')
		return 0;
	reader->hash = fx_fnv(reader->hash, c);
	return 1;
}

/* One byte of the header lines; returns 1 after the empty one. */
FX_INLINE int fx_http1_header_byte(struct fx_reader *reader, __u8 c)
{
	if (reader->state == FX_HTTP1_NAME) {
		if (c == ':')
			fx_http1_named(reader);
		else
			reader->state = FX_HTTP1_LINE; /* no colon: no header that we know */
		return 0;
	}
	if (reader->state == FX_HTTP1_LINE) {
		reader->hash = fx_fnv(FX_FNV_START, c);
		reader->state = FX_HTTP1_NAME;
		if (c == ' ' || c == '\t')
			reader->state = FX_HTTP1_VALUE; /* the last one goes on */
		else if (c == '\r')
			reader->state = FX_HTTP1_HEAD_END;
		return c == '\n';
	}
	if (reader->state == FX_HTTP1_HEAD_END) {
		if (c != '\n')
			reader->state = FX_HTTP1_BROKEN;
		return c == '\n';
	}
	fx_http1_value_byte(reader, c);
	return 0;
}

FX_INLINE void fx_http1_next_chunk(struct fx_reader *reader)
{
	reader->left = 0;
	reader->matched = 0;
	reader->state = FX_HTTP1_CHUNK_SIZE;
}

/* After the size's line: its bytes and their line's end, or the trailers. */
FX_INLINE void fx_http1_sized(struct fx_reader *reader)
{
	if (!reader->matched) {
		reader->state = FX_HTTP1_BROKEN;
	} else if (reader->left) {
		reader->left += 2;
		reader->state = FX_HTTP1_CHUNK;
	} else {
		reader->state = FX_HTTP1_TRAILER_LINE;
	}
}

FX_INLINE void fx_http1_size(struct fx_reader *reader, __u8 c)
{
	__u8 letter = (c | 0x20) - 'a';
	__u8 digit = c - '0';

	if (digit > 9 && letter < 6)
		digit = letter + 10;
	if (digit < 16 && (c < ':' || c >= 'A')) {
		reader->left = reader->left << 4 | digit;
		reader->matched = 1;
		if (reader->left > FX_HTTP1_BODY_MAX)
			reader->state = FX_HTTP1_BROKEN;
	} else if (c == ';' || c == ' ' || c == '\t' || c == '\r') {
		reader->state = FX_HTTP1_CHUNK_REST;
	} else {
		reader->state = FX_HTTP1_BROKEN;
	}
}

/* One byte between chunks (RFC 9112, 7.1); returns 1 after the last. */
FX_INLINE int fx_http1_chunk_byte(struct fx_reader *reader, __u8 c)
{
	switch (reader->state) {
	case FX_HTTP1_CHUNK_SIZE:
		if (c != '\n')
			fx_http1_size(reader, c);
		else
			fx_http1_sized(reader);
		return 0;
	case FX_HTTP1_CHUNK_REST:
		if (c == '\n')
			fx_http1_sized(reader);
		return 0;
	case FX_HTTP1_TRAILER_LINE:
		if (c == '\r')
			reader->state = FX_HTTP1_TRAILER_END;
		else
			reader->state = FX_HTTP1_TRAILER;
		return c == '\n';
	case FX_HTTP1_TRAILER:
		if (c == '\n')
			reader->state = FX_HTTP1_TRAILER_LINE;
		return 0;
	}
	return 1; /* FX_HTTP1_TRAILER_END */
}

#endif
