/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Hash of one argument, so that a client command can be matched with the
 * container that it names without keeping the argument. Pure. */
#ifndef FX_TOKEN_H
#define FX_TOKEN_H

#include "bpf/abi/fx_abi.h"

/* FNV-1a over 64-bit words (http://www.isthe.com/chongo/tech/comp/fnv/) of
 * the text, padded with zeroes to FX_ID_LEN. A product carries only upwards:
 * the shift brings a word's high bytes down again. */
static inline __attribute__((always_inline)) __u64 fx_token_hash(const __u64 words[FX_ID_LEN / 8])
{
	__u64 hash = 0xcbf29ce484222325ULL;
	for (int i = 0; i < FX_ID_LEN / 8; i++) {
		hash = (hash ^ words[i]) * 0x100000001b3ULL;
		hash ^= hash >> 32;
	}
	return hash;
}

#endif
