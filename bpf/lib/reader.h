/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * What is kept of a TCP connection into a sandbox. Nothing of its bytes: only
 * lengths, classes, progress through a pattern and the hash of the word under
 * way. Pure: also compiled as C++ and tested there.
 */
#ifndef FX_READER_H
#define FX_READER_H

#include "bpf/lib/pure.h"

/* Bytes that are looked at together. */
#define FX_BLOCK 32
struct fx_block {
	__u8 bytes[FX_BLOCK];
};

/* How far one direction has been read. */
struct fx_reader {
	__u64 left;	  /* bytes to pass over: of a body, a chunk, a frame */
	__u64 hash;	  /* of the name, token or value under way */
	__u32 next;	  /* TCP sequence number of the next byte */
	__u32 head_bytes; /* of the head under way */
	__u32 stream;	  /* HTTP/2: of the frame under way */
	__u16 status;	  /* of the response under way */
	__u16 framed;	  /* it is read as HTTP/2 */
	__u8 state;	  /* enum fx_http1_state or fx_http2_state */
	__u8 matched;	  /* characters or bytes of a pattern */
	__u8 flags;	  /* FX_HAS_*; HTTP/2: the frame's */
	__u8 type;	  /* of the frame or record under way */
	__u32 known;	  /* `next` is */
};

/* Marks of a request that is open. */
enum {
	FX_MARK_DONE = 1u << 0,
	FX_MARK_PROBE = 1u << 1,
	FX_MARK_OPAQUE = 1u << 2,
	FX_MARK_HEAD = 1u << 3,	   /* its response has no body */
	FX_MARK_CONNECT = 1u << 4, /* a 2xx makes it a tunnel */
	FX_MARK_H2C = 1u << 5,	   /* a 101 makes it stream 1 */
};

/* Requests of a connection whose own start and marks are kept; those that
 * are open beyond share an earlier one's start. A power of two. */
#define FX_PIPELINE 32

enum fx_mode {
	FX_MODE_HTTP1 = 0,  /* so far */
	FX_MODE_HTTP2 = 1,
	FX_MODE_TLS = 2,
	FX_MODE_OPAQUE = 3,
	FX_MODE_UPGRADED = 4,
	FX_MODE_RESYNC = 5, /* the thread is lost: wait for a request after an answer */
};

/*
 * A connection. `in` and the slots belong to what comes in, `out` to what
 * goes out: the two run at once on different CPUs and meet in the counters,
 * which only grow, and in the marks, which are set atomically.
 */
struct fx_connection {
	__u32 entry;  /* index into fx_cgroups */
	__u32 serial; /* of that entry, when the connection was met */
	__u32 accepted;
	__u32 mode; /* enum fx_mode */
	__u32 closed;
	__u32 reading; /* taken by the CPU that reads what came in */
	__u32 turned;  /* something went out since the last came in */
	__u32 from_probe; /* all its requests are probes */
	__u32 heads;   /* requests whose head was whole */
	__u32 opened;
	__u32 answered; /* or aborted */
	__u32 freed;	/* slots that may be taken again */
	__u32 probes;	/* recognised, and not yet told to the cgroup */
	__u32 attempts; /* to find the thread again */
	__u32 slot;	/* of the request under way; FX_PIPELINE: it has none */
	__u32 greets;	/* it is not there yet: its cgroup knows of nothing */
	__u32 streams; /* HTTP/2: open now */
	__u32 highest; /* stream that the client has opened */
	__u64 id;      /* HTTP/2: whose streams they are */
	__u64 now_ns;
	struct fx_reader in;
	struct fx_reader out;
	__u32 marks[FX_PIPELINE];
	__u64 start_ns[FX_PIPELINE];
};

/* What is known of a request that is over. */
struct fx_ended {
	__u64 start_ns;
	__u32 marks;
	__u32 aborted;
	__u32 protocol;
	__u32 stream;
};

/* What comes in and what goes out may both find out what a connection is: the
 * first to say it is right. */
FX_INLINE int fx_leave_http1(struct fx_connection *connection, __u32 mode)
{
	return __sync_val_compare_and_swap(&connection->mode, FX_MODE_HTTP1, mode) == FX_MODE_HTTP1;
}

/* Nothing is under way. */
FX_INLINE void fx_fresh(struct fx_reader *reader)
{
	reader->left = 0;
	reader->head_bytes = 0;
	reader->stream = 0;
	reader->state = 0;
	reader->matched = 0;
	reader->flags = 0;
	reader->framed = 0;
}

/* Passes `bytes` that need not be read; none are left of what is passed. */
FX_INLINE __u32 fx_pass(struct fx_reader *reader, __u32 bytes)
{
	__u32 taken = bytes;

	if (reader->left < bytes)
		taken = reader->left;
	reader->left -= taken;
	return taken;
}

/* What a segment brings to a reader. */
enum fx_arrival {
	FX_ARRIVED_NEW = 0,
	FX_ARRIVED_SEEN = 1, /* nothing but what was read already */
	FX_ARRIVED_GAP = 2,  /* bytes before it are missing */
};

/*
 * Puts a segment in order (RFC 9293, 3.4: sequence numbers wrap). `overlap`:
 * how many of its bytes were read before; `missing`: how many lie between.
 */
FX_INLINE enum fx_arrival fx_arrive(struct fx_reader *reader, __u32 seq, __u32 bytes, __u32 *overlap,
				    __u32 *missing)
{
	__s32 ahead, rest;

	*overlap = 0;
	*missing = 0;
	if (!reader->known) {
		reader->known = 1;
		reader->next = seq;
	}
	ahead = seq - reader->next;
	rest = seq + bytes - reader->next;
	if (ahead > 0) {
		*missing = ahead;
		return FX_ARRIVED_GAP;
	}
	if (rest <= 0)
		return FX_ARRIVED_SEEN;
	*overlap = -ahead;
	return FX_ARRIVED_NEW;
}

#endif
