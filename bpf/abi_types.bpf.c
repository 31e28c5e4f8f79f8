// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/* One variable of each shared type, so that the BPF compiler's layout of all of them stands in this
 * object's BTF: the programs' own object has only those that its maps hold. */
#include "bpf/abi/fx_abi.h"

struct fx_account fx_account_type;
struct fx_counts fx_counts_type;
struct fx_process fx_process_type;
struct fx_cgroup fx_cgroup_type;
struct fx_cpu fx_cpu_type;
struct fx_edge fx_edge_type;
struct fx_edge_account fx_edge_account_type;
struct fx_edge_exec fx_edge_exec_type;
struct fx_edge_exit fx_edge_exit_type;
struct fx_edge_rename fx_edge_rename_type;
struct fx_edge_cgroup fx_edge_cgroup_type;
struct fx_edge_ready fx_edge_ready_type;
struct fx_edge_stop fx_edge_stop_type;
struct fx_edge_oom fx_edge_oom_type;
struct fx_edge_request fx_edge_request_type;
struct fx_slice fx_slice_type;
struct fx_probe_source fx_probe_source_type;
struct fx_probe_table fx_probe_table_type;
