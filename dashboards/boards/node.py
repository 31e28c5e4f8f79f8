# SPDX-License-Identifier: Apache-2.0
"""One node: where its CPU and memory go, and whether the ledger can be trusted."""
import queries as q
from model import board, lines, number, signed, stacked, table

CPU = "faastax_cpu_seconds_total"
COMPONENT = "faastax_component_cpu_seconds_total"
COLD = "faastax_cold_start_seconds"
CPUS = "suffix: CPUs"

GLANCE = [
    number("Overhead ratio", "CPU of the platform (create, teardown, manage, route) / CPU inside instances (init, "
           "handle, idle): the papers' normalized CPU overhead.", "percentunit", (q.overhead_ratio(), "overhead")),
    number("Churn ratio", "CPU of creating, initialising and removing instances / CPU of handling requests.",
           "percentunit", (q.churn_ratio(), "churn")),
    number("Memory ratio", "Byte-seconds of all instances / those of busy ones: normalized memory usage.",
           "suffix: ×", (q.memory_ratio(), "memory")),
    number("Cold start p99", "From the first runtime command that names an instance until it is ready.", "s",
           (q.quantile(0.99, COLD), "p99")),
    number("Instances", "Alive now, in any state.", "short", (q.now("faastax_instances"), "instances")),
    number("Steal", "Time that the hypervisor took, of all CPUs' time.", "percentunit",
           (q.over(q.rate("faastax_steal_cpu_seconds_total"), q.now("faastax_online_cpus")), "steal")),
]

PROCESSOR = [
    stacked("CPU by activity", "Each busy nanosecond is booked once. With idle and steal the parts make all CPUs.",
            CPUS, (q.rate(CPU, by="activity"), "{{activity}}"),
            (q.rate("faastax_idle_cpu_seconds_total"), "CPU idle"),
            (q.rate("faastax_steal_cpu_seconds_total"), "steal")),
    lines("Ratios", "Absent while the denominator is 0.", "percentunit", (q.overhead_ratio(), "overhead"),
          (q.churn_ratio(), "churn")),
    stacked("Platform by component", "CPU of the ten largest parts of the platform and of the rest of the node.",
            CPUS, (f"topk(10, {q.rate(COMPONENT, by='component')})", "{{component}}")),
    stacked("Creation and removal by component", "Which part of the platform the sandboxes' creation and removal "
            "cost, the ten largest.", CPUS,
            ("topk(10, " + q.rate(COMPONENT, f'{q.NODES},activity=~"create|teardown"', "component") + ")",
             "{{component}}")),
    lines("Inferred share", "CPU that a model apportioned, of all busy CPU. The rest is proven by cgroup or lineage.",
          "percentunit", (q.over(q.rate(CPU, f'{q.NODES},evidence="inferred"'), q.rate(CPU)), "inferred")),
    lines("Cycles per CPU second", "Of the busy time, by activity; no data where nothing counts cycles "
          "(cycle_source none).", "hertz",
          (q.over(q.rate("faastax_cpu_cycles_total", by="activity"), q.rate(CPU, by="activity")), "{{activity}}")),
]

MEMORY = [
    stacked("Memory by state", "Charged to instances, by what they are doing; overhead is resident in the platform's "
            "processes.", "bytes", (q.now("faastax_memory_bytes", by="state"), "{{state}}")),
    stacked("Mean memory by state", "The growth of byte-seconds: what a gauge misses between two scrapes is in it.",
            "bytes", (q.rate("faastax_memory_byte_seconds_total", by="state"), "{{state}}")),
    lines("Reserved", "Memory limits of the live instances that have one.", "bytes",
          (q.now("faastax_memory_reserved_bytes"), "limits")),
    lines("Dying cgroups", "Removed v2 cgroups that the kernel still holds on to: what churn leaves behind.", "short",
          (q.now("faastax_dying_cgroups"), "cgroups")),
]

INSTANCES = [
    stacked("Instances by state", "Alive now.", "short", (q.now("faastax_instances", by="state"), "{{state}}")),
    lines("Starts and ends", "A second.", "cps", (q.rate("faastax_instance_starts_total"), "started"),
          (q.rate("faastax_instance_ends_total", by="reason"), "ended: {{reason}}")),
    lines("Cold start", "Quantiles by interpolation within the buckets.", "s",
          *[(q.quantile(share, COLD), f"p{share * 100:g}") for share in (0.5, 0.9, 0.99)]),
    lines("Requests", "A second, by outcome, as the kernel saw them at the instances.", "reqps",
          (q.rate("faastax_requests_total", by="outcome"), "{{outcome}}")),
]

LEDGER = [
    signed("Residual", "The ledger's error since the agent attached, of all CPU time since then: wall time × CPUs less "
           "what is booked.", "percentunit",
           (q.over("sum by (node) (faastax_residual_cpu_seconds{" + q.NODES + "})",
                   f'({q.now(CPU, by="node")} + {q.now("faastax_idle_cpu_seconds_total", by="node")})'),
            "{{node}}")),
    lines("Unsettled", "CPU time of instances of which it is not yet known whether it was init or a job's work.", "s",
          (q.now("faastax_unsettled_cpu_seconds"), "unsettled")),
    lines("Lost", "What the agent had to drop, a second, by kind. Anything above 0 makes the books incomplete, but for "
          "the series kinds, which lose names only.", "cps",
          (q.rate("faastax_agent_lost_total", by="kind"), "{{kind}}")),
    lines("Cost of the BPF programs", "Estimate: runs × calibrated cost. It is a part of other tasks' time.", CPUS,
          (q.rate("faastax_agent_bpf_estimated_seconds_total", by="program"), "{{program}}")),
    lines("Runs of the BPF programs", "A second.", "cps",
          (q.rate("faastax_agent_bpf_runs_total", by="program"), "{{program}}")),
    lines("Cost of faastax itself", "CPU of faastax's processes.", CPUS,
          (q.rate(CPU, f'{q.NODES},activity="observe"'), "observe")),
    lines("Edges", "Forks, execs, cgroups and requests that the agent took in, a second.", "cps",
          (q.rate("faastax_agent_edges_total"), "edges")),
    lines("Records", "Sent to the collector and answered, a second; no data without a collector.", "cps",
          (q.rate("faastax_agent_records_total", by="outcome"), "{{outcome}}")),
    lines("Spool", "Records that wait on disk for the collector.", "short",
          (q.now("faastax_agent_spool_records"), "records")),
    lines("Spool's size", "Of its files. Full, it drops the oldest: lost, kind records.", "bytes",
          (q.now("faastax_agent_spool_bytes"), "size")),
    lines("Collector", "1 while the collector answers, by node.", "short",
          (q.now("faastax_agent_collector_up", by="node"), "{{node}}")),
    table("Agents", "What runs where.", "short",
          ("sum by (cluster, node, version, kernel, cgroup, cycle_source) (faastax_agent_info{" + q.NODES + "})", ""),
          hidden=("Value",)),
]

BOARD = board("faastax-node", "faastax / Node", "Where a node's CPU and memory go: requests, or instance churn.",
              q.node_variables(),
              [("At a glance", GLANCE), ("CPU", PROCESSOR), ("Memory", MEMORY), ("Instances and requests", INSTANCES),
               ("The ledger and the agent", LEDGER)])
