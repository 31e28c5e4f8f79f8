/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * HTTP/2 (RFC 9113): frames of one direction. Their headers say where streams
 * begin and end; payloads are passed over unread. Pure.
 */
#ifndef FX_HTTP2_H
#define FX_HTTP2_H

#include "bpf/lib/http1_head.h"

enum fx_http2_state {
	FX_HTTP2_HEADER = 0, /* of a frame: its nine bytes */
	FX_HTTP2_PREFACE,    /* what the client says first */
	FX_HTTP2_SEEK,	     /* the thread is lost: the next segment may begin with a frame */
	FX_HTTP2_PAYLOAD,
	FX_HTTP2_FRAME, /* a header is complete: the caller acts */
	FX_HTTP2_BROKEN,
};

enum fx_http2_type {
	FX_HTTP2_DATA = 0,
	FX_HTTP2_HEADERS = 1,
	FX_HTTP2_PRIORITY = 2,
	FX_HTTP2_RST_STREAM = 3,
	FX_HTTP2_SETTINGS = 4,
	FX_HTTP2_PING = 6,
	FX_HTTP2_GOAWAY = 7,
	FX_HTTP2_WINDOW_UPDATE = 8,
	FX_HTTP2_CONTINUATION = 9,
	FX_HTTP2_LAST_TYPE = 16, /* PRIORITY_UPDATE, the highest in use (RFC 9218) */
};

#define FX_HTTP2_END_STREAM 1
#define FX_HTTP2_HEADER_BYTES 9
#define FX_HTTP2_TYPE_AT 3 /* in the header */
#define FX_HTTP2_PREFACE_BYTES 24
#define FX_HTTP2_FRAME_MAX 16384 /* unless a side allows more */

/* "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" (RFC 9113, 3.4), a character in each byte
 * from the lowest on. */
FX_INLINE __u8 fx_http2_preface(__u8 at)
{
	__u64 word = at < 8 ? 0x5448202a20495250ULL : at < 16 ? 0x0a0d302e322f5054ULL : 0x0a0d0a0d4d530a0dULL;

	return word >> (at & 7) * 8 & 0xff;
}

FX_INLINE void fx_http2_next(struct fx_reader *reader)
{
	reader->left = 0;
	reader->stream = 0;
	reader->matched = 0;
	reader->state = FX_HTTP2_HEADER;
}

/* A direction that was read as HTTP/1 goes on as HTTP/2. A client's begins
 * with the preface; returns 1 if its first bytes were taken for a method. */
FX_INLINE int fx_http2_adopt(struct fx_reader *reader, int client)
{
	__u8 state = reader->state;

	if (reader->framed)
		return 0;
	reader->framed = 1;
	reader->state = FX_HTTP2_SEEK;
	if (state == FX_HTTP1_START)
		fx_http2_next(reader);
	if (!client || state > FX_HTTP1_METHOD)
		return 0;
	reader->state = FX_HTTP2_PREFACE;
	if (state == FX_HTTP1_METHOD)
		reader->matched += 1; /* the method's first byte is not counted */
	return state == FX_HTTP1_METHOD;
}

/* One byte of a frame's header (RFC 9113, 4.1). */
FX_INLINE void fx_http2_header_byte(struct fx_reader *reader, __u8 c)
{
	__u8 at = reader->matched++;

	if (at < 3)
		reader->left = reader->left << 8 | c;
	else if (at == 3)
		reader->type = c;
	else if (at == 4)
		reader->flags = c;
	else
		reader->stream = reader->stream << 8 | c;
	if (at == FX_HTTP2_HEADER_BYTES - 1) {
		reader->stream &= 0x7fffffff;
		reader->state = FX_HTTP2_FRAME;
	}
}

/* Reads the preface or a frame's header; returns how many bytes it took. */
FX_GLOBAL __u32 fx_http2_bytes(struct fx_reader *reader, const struct fx_block *block, __u32 count)
{
	__u32 i;

	if (!reader || !block)
		return 0;
	for (i = 0; i < count && i < FX_HTTP2_PREFACE_BYTES; i++) {
		__u8 c = block->bytes[i];

		if (reader->state == FX_HTTP2_HEADER) {
			fx_http2_header_byte(reader, c);
		} else if (reader->state != FX_HTTP2_PREFACE) {
			break;
		} else if (c != fx_http2_preface(reader->matched)) {
			reader->state = FX_HTTP2_BROKEN;
		} else if (++reader->matched == FX_HTTP2_PREFACE_BYTES) {
			fx_http2_next(reader);
		}
		FX_FORGET();
	}
	return i;
}

/* Whether a frame of this type may be on this stream, and of this length (RFC
 * 9113, 6). What nobody knows may be anything. */
FX_INLINE int fx_http2_legal(__u32 type, __u32 length, __u32 stream)
{
	switch (type) {
	case FX_HTTP2_DATA:
	case FX_HTTP2_HEADERS:
	case FX_HTTP2_CONTINUATION:
		return stream != 0;
	case FX_HTTP2_PRIORITY:
		return stream && length == 5;
	case FX_HTTP2_RST_STREAM:
		return stream && length == 4;
	case FX_HTTP2_SETTINGS:
		return !stream && length % 6 == 0;
	case FX_HTTP2_PING:
		return !stream && length == 8;
	case FX_HTTP2_GOAWAY:
		return !stream && length >= 8;
	case FX_HTTP2_WINDOW_UPDATE:
		return length == 4;
	}
	return 1;
}

/* A frame's header is complete; 0 if it is none, and the thread is lost. */
FX_INLINE int fx_http2_enter(struct fx_reader *reader)
{
	int legal = fx_http2_legal(reader->type, reader->left, reader->stream);

	reader->state = legal ? FX_HTTP2_PAYLOAD : FX_HTTP2_SEEK;
	return legal;
}

/* Whether the frame that was passed was its sender's last on the stream. */
FX_INLINE int fx_http2_ends(const struct fx_reader *reader)
{
	return reader->state == FX_HTTP2_PAYLOAD && !reader->left && reader->type <= FX_HTTP2_HEADERS &&
	       (reader->flags & FX_HTTP2_END_STREAM);
}

/* Whether these bytes may be a frame's header, where one is looked for. */
FX_INLINE int fx_http2_plausible(const __u8 bytes[FX_HTTP2_HEADER_BYTES])
{
	__u32 length = bytes[0] << 16 | bytes[1] << 8 | bytes[2];
	__u32 stream = (bytes[5] & 0x7f) << 24 | bytes[6] << 16 | bytes[7] << 8 | bytes[8];

	return length <= FX_HTTP2_FRAME_MAX && bytes[3] <= FX_HTTP2_LAST_TYPE && !(bytes[5] & 0x80) &&
	       fx_http2_legal(bytes[3], length, stream);
}

#endif
