/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Going through a packet's payload, a block at a time. */
#ifndef FX_WALK_H
#define FX_WALK_H

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

/* What of a segment is new to a direction's reader is what there is to walk
 * through. Nothing changes where all of it has been seen. */
static __always_inline enum fx_arrival fx_take(struct fx_walk *walk, struct fx_reader *reader,
					       const struct fx_segment *segment, __u32 *missing)
{
	__u32 overlap;
	enum fx_arrival arrival = fx_arrive(reader, segment->seq, segment->bytes, &overlap, missing);

	if (arrival == FX_ARRIVED_SEEN)
		return arrival;
	reader->next = segment->seq + segment->bytes;
	walk->at = segment->payload + overlap;
	walk->left = segment->bytes - overlap;
	return arrival;
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

#endif
