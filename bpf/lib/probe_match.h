/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Knowing a health probe by one of its headers. Pure. */
#ifndef FX_PROBE_MATCH_H
#define FX_PROBE_MATCH_H

#include "bpf/lib/reader.h"

/* Set by user space before the programs are loaded. */
extern FX_RODATA struct fx_probe_table fx_probe_table;

/* Whether a rule may be about the header of this name. */
FX_INLINE int fx_probe_header(__u64 name)
{
	return fx_probe_table.names >> (name >> 58) & 1;
}

/* Whether a rule is met. `hash`: of the name and the first `length` bytes of the value. */
FX_GLOBAL int fx_probe_matches(__u64 hash, __u32 length)
{
	if (length > FX_PROBE_VALUE || !(fx_probe_table.lengths >> length & 1))
		return 0;
	for (__u32 i = 0; i < FX_PROBE_RULES; i++) {
		if (fx_probe_table.hashes[i] == hash)
			return 1;
	}
	return 0;
}

/* Whether only probes come from this address. */
FX_GLOBAL int fx_probe_address(const struct fx_probe_source *peer)
{
	if (!peer)
		return 0;
	for (__u32 i = 0; i < FX_PROBE_SOURCES && i < fx_probe_table.source_count; i++) {
		__u32 differs = 0;

		for (__u32 word = 0; word < 4; word++)
			differs |= (peer->address[word] & fx_probe_table.sources[i].mask[word]) ^
				   fx_probe_table.sources[i].address[word];
		if (!differs)
			return 1;
	}
	return 0;
}

#endif
