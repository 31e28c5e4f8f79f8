/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Who reads what came in on a connection: one CPU at a time. */
#ifndef FX_TURN_H
#define FX_TURN_H

#include "bpf/lib/map_types.h"

/* A head takes a microsecond to read; but a hypervisor can take away the CPU
 * that reads for milliseconds, and who gives up has a gap. */
#define FX_SPIN_MAX (1 << 18)

struct fx_turn {
	struct fx_connection *connection;
	bool taken;
};

static long fx_try_reading(__u32 index, struct fx_turn *turn)
{
	turn->taken = !__sync_val_compare_and_swap(&turn->connection->reading, 0, 1);
	return turn->taken;
}

/* Two CPUs may bring segments of one connection at once. */
static __always_inline bool fx_begin_reading(struct fx_connection *connection)
{
	struct fx_turn turn = {.connection = connection};

	if (fx_try_reading(0, &turn))
		return true;
	bpf_loop(FX_SPIN_MAX, fx_try_reading, &turn, 0);
	return turn.taken;
}

static __always_inline void fx_end_reading(struct fx_connection *connection)
{
	__sync_lock_test_and_set(&connection->reading, 0);
}

#endif
