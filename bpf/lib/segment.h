/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* The TCP segment in a packet, at the hooks of cgroups: they see it from its IP header on. */
#ifndef FX_SEGMENT_H
#define FX_SEGMENT_H

#include "bpf/lib/map_types.h"

#include <bpf/bpf_endian.h>

#define FX_IPPROTO_TCP 6
#define FX_IPPROTO_FRAGMENT 44
#define FX_ETH_P_IP 0x0800
#define FX_IPV6_HEADER 40
#define FX_IPV6_EXTENSIONS 4 /* headers that are passed over, at most */
#define FX_TCP_FIN 0x01
#define FX_TCP_SYN 0x02

struct fx_segment {
	__u32 seq;
	__u32 payload; /* where it begins in the packet */
	__u32 bytes;   /* of payload; those of a whole GSO packet */
	__u32 fin;
	__u32 syn;
	__be16 from; /* port */
};

/* Where IPv6's payload begins (RFC 8200, 4); 0: not TCP. */
static __always_inline __u32 fx_ipv6_payload(struct __sk_buff *skb)
{
	__u32 at = FX_IPV6_HEADER;
	__u8 next = 0;
	__u8 extension[2];

	if (bpf_skb_load_bytes(skb, 6, &next, 1))
		return 0;
	for (int i = 0; i < FX_IPV6_EXTENSIONS && next != FX_IPPROTO_TCP; i++) {
		if (bpf_skb_load_bytes(skb, at, extension, sizeof(extension)))
			return 0;
		at += next == FX_IPPROTO_FRAGMENT ? 8 : (extension[1] + 1) * 8;
		next = extension[0];
	}
	return next == FX_IPPROTO_TCP ? at : 0;
}

/* Reads the segment of a TCP socket's packet; false if it holds none. */
static __always_inline bool fx_segment_of(struct __sk_buff *skb, struct fx_segment *segment)
{
	struct {
		__be16 source;
		__be16 destination;
		__be32 seq;
		__be32 ack;
		__u8 offset;
		__u8 flags;
	} __attribute__((packed)) tcp;
	__u8 version = 0;
	__u32 at, end;

	if (skb->protocol == bpf_htons(FX_ETH_P_IP)) {
		if (bpf_skb_load_bytes(skb, 0, &version, 1))
			return false;
		at = (version & 0xf) * 4;
	} else {
		at = fx_ipv6_payload(skb);
	}
	if (!at || bpf_skb_load_bytes(skb, at, &tcp, sizeof(tcp)))
		return false;
	end = at + (tcp.offset >> 4) * 4;
	segment->seq = bpf_ntohl(tcp.seq);
	segment->payload = end;
	segment->bytes = skb->len > end ? skb->len - end : 0;
	segment->from = tcp.source;
	segment->fin = tcp.flags & FX_TCP_FIN;
	segment->syn = tcp.flags & FX_TCP_SYN;
	return true;
}

#endif
