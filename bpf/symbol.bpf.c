// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/* Names of kernel functions. The kernel itself looks an address up, in 1 us:
 * reading /proc/kallsyms takes 60 ms, needs CAP_SYSLOG and may be forbidden. */
#include "bpf/lib/map_types.h"

char fx_symbol_name[128]; /* longer ones are cut */

/*
 * Run by user space, whose argument is the address. The name is that of the
 * function around it, with its module's in brackets, or "0x…" outside all.
 */
SEC("raw_tp/faastax_symbol")
int fx_symbol(struct bpf_raw_tracepoint_args *ctx)
{
	BPF_SNPRINTF(fx_symbol_name, sizeof(fx_symbol_name), "%ps", (void *)ctx->args[0]);
	return 0;
}
