/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* What pure helpers need to be both a BPF program's functions and, for the tests, C++. */
#ifndef FX_PURE_H
#define FX_PURE_H

#include "bpf/abi/fx_abi.h"

#define FX_INLINE static inline __attribute__((always_inline))

#ifdef __cplusplus
#define FX_GLOBAL inline
#define FX_RODATA
#else
/* Not static: the verifier checks such a function once, by its types alone. */
#define FX_GLOBAL __attribute__((noinline))
#define FX_RODATA const volatile
#endif

/* Keeps what a loop changes in memory, where the verifier does not track its
 * values: kept in registers, each path through the loop would be another. */
#define FX_FORGET() __asm__ volatile("" ::: "memory")

/* FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), byte by byte and
 * without regard to case: bit 5 is set, which maps letters alone to letters. */
#define FX_FNV_START 0xcbf29ce484222325ULL
FX_INLINE __u64 fx_fnv(__u64 hash, __u8 byte)
{
	return (hash ^ (byte | 0x20)) * 0x100000001b3ULL;
}

#endif
