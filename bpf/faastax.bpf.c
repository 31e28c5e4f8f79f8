// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * All programs in one object, so that they share maps and load or fail
 * together. A file a concern; this one only lists them.
 */
#include "bpf/lib/maps.h"

const volatile __u32 fx_abi_version = FX_ABI_VERSION;

#include "bpf/switch.bpf.c"
#include "bpf/process.bpf.c"
#include "bpf/exec.bpf.c"
#include "bpf/cgroup.bpf.c"
#include "bpf/move.bpf.c"
#include "bpf/stop.bpf.c"
#include "bpf/work.bpf.c"
#include "bpf/symbol.bpf.c"
#include "bpf/interrupt.bpf.c"
#include "bpf/counters.bpf.c"
#include "bpf/network.bpf.c"
#include "bpf/payload.bpf.c"
#include "bpf/memory.bpf.c"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
