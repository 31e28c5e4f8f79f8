# SPDX-License-Identifier: Apache-2.0
"""All nodes: which of them, and which functions, pay for churn."""
import queries as q
from model import board, lines, number, signed, stacked, table

CPU = "faastax_cpu_seconds_total"
IDLE = "faastax_idle_cpu_seconds_total"
FUNCTION = "faastax_function_cpu_seconds_total"
MEMORY = "faastax_function_memory_byte_seconds_total"
STARTS = "faastax_instance_starts_total"
CPUS = "suffix: CPUs"
NODE = "cluster, node"
NAME = "{{cluster}} {{node}}"
NAMES = "namespace, function, track"
FUNCTION_NAME = "{{namespace}}/{{function}} {{track}}"

GLANCE = [
    number("Agents", "That answer, of those that are scraped.", "short",
           ('sum (up{cluster=~"$cluster",job=~"$job",node=~"$node"})', "up"),
           ('count (up{cluster=~"$cluster",job=~"$job",node=~"$node"})', "scraped")),
    number("Overhead ratio", "CPU of the platform / CPU inside instances, over all nodes.", "percentunit",
           (q.overhead_ratio(), "overhead")),
    number("Churn ratio", "CPU of creating, initialising and removing instances / CPU of handling requests.",
           "percentunit", (q.churn_ratio(), "churn")),
    number("Memory ratio", "Byte-seconds of all instances / those of busy ones.", "suffix: ×",
           (q.memory_ratio(), "memory")),
    number("Creations", "Instances started a second.", "cps", (q.rate(STARTS), "started")),
    number("Requests", "A second.", "reqps", (q.rate("faastax_requests_total"), "requests")),
]

NODES = [
    stacked("CPU by activity", "Over all nodes.", CPUS, (q.rate(CPU, by="activity"), "{{activity}}")),
    lines("Busy", "Busy CPU of all CPUs, by node.", "percentunit",
          (q.over(q.rate(CPU, by=NODE), f"({q.rate(CPU, by=NODE)} + {q.rate(IDLE, by=NODE)})"), NAME)),
    lines("Overhead ratio by node", "The ten largest.", "percentunit", (f"topk(10, {q.overhead_ratio(NODE)})", NAME)),
    lines("Churn ratio by node", "The ten largest.", "percentunit",
          (f"topk(10, {q.churn_ratio(by=NODE)})", NAME)),
    lines("Memory ratio by node", "The ten largest.", "suffix: ×", (f"topk(10, {q.memory_ratio(by=NODE)})", NAME)),
    lines("Creations by node", "Instances started a second.", "cps", (q.rate(STARTS, by=NODE), NAME)),
    lines("Cold start p99 by node", "The ten largest.", "s",
          (f'topk(10, {q.quantile(0.99, "faastax_cold_start_seconds", by=NODE)})', NAME)),
    stacked("Memory by state", "Over all nodes.", "bytes", (q.now("faastax_memory_bytes", by="state"), "{{state}}")),
]

FUNCTIONS = [
    lines("CPU by function", "The ten largest.", CPUS, (f"topk(10, {q.rate(FUNCTION, by=NAMES)})", FUNCTION_NAME)),
    lines("Churn by function", "CPU of creating, initialising and removing its instances, the ten largest.", CPUS,
          (f'topk(10, {q.rate(FUNCTION, f"{q.NODES},{q.CHURN}", NAMES)})', FUNCTION_NAME)),
    lines("Idle memory by function", "Held while no request was open, the ten largest.", "bytes",
          ("topk(10, " + q.rate(MEMORY, q.NODES + ',state="idle"', NAMES) + ")", FUNCTION_NAME)),
    lines("Creations by function", "Instances started a second, the ten largest.", "cps",
          (f"topk(10, {q.rate(STARTS, by=NAMES)})", FUNCTION_NAME)),
]

LEDGERS = [
    signed("Residual by node", "The ledgers' error since the agents attached, of all CPU time since then.",
           "percentunit",
           (q.over(q.now("faastax_residual_cpu_seconds", by=NODE), f"({q.now(CPU, by=NODE)} + {q.now(IDLE, by=NODE)})"),
            NAME)),
    lines("Lost by node", "What agents had to drop, a second.", "cps",
          (q.rate("faastax_agent_lost_total", by=f"{NODE}, kind"), NAME + " {{kind}}")),
    lines("Cost of faastax by node", "CPU of its processes and the estimate for its BPF programs.", CPUS,
          (q.rate(CPU, q.NODES + ',activity="observe"', NODE), NAME + " processes"),
          (q.rate("faastax_agent_bpf_estimated_seconds_total", by=NODE), NAME + " BPF")),
    table("Agents", "What runs where.", "short",
          ("sum by (cluster, node, version, kernel, cgroup, cycle_source) (faastax_agent_info{" + q.NODES + "})", ""),
          hidden=("Value",)),
]

STORE = "faastax_collector_store_seconds"
ODD = ("store_failures", "maintenance_failures", "reload_failures", "shared_node_names", "clock_jumps",
       "newer_agent_batches")
COLLECTOR = [
    lines("Records taken", "A second, by what became of them.", "cps",
          (q.rate("faastax_collector_records_total", q.COLLECTORS, "outcome"), "{{outcome}}")),
    lines("Records refused", "A second, by why: they will never be stored.", "cps",
          (q.rate("faastax_collector_refused_records_total", q.COLLECTORS, "reason"), "{{reason}}")),
    lines("Events taken", "Scaling events and the requests that bring them, a second.", "cps",
          (q.rate("faastax_collector_events_total", q.COLLECTORS, "outcome"), "event {{outcome}}"),
          (q.rate("faastax_collector_event_requests_total", q.COLLECTORS, "outcome"), "request {{outcome}}")),
    lines("Batches of agents", "A second.", "cps",
          (q.rate("faastax_collector_batches_total", q.COLLECTORS, "outcome"), "{{outcome}}")),
    lines("Agents connected", "Streams, by collector.", "short",
          (q.now("faastax_collector_streams", q.COLLECTORS, "instance"), "{{instance}}")),
    lines("Time to store", "Of a transaction.", "s",
          *[(q.quantile(share, STORE, q.COLLECTORS), f"p{share * 100:g}") for share in (0.5, 0.99)]),
    lines("Waiting to be stored", "The most in the interval; when it is full, agents have to wait.", "bytes",
          ("max by (instance) (max_over_time(faastax_collector_waiting_bytes{" + q.COLLECTORS
           + "}[$__rate_interval]))", "{{instance}}")),
    lines("Store", "1 while it takes what comes.", "short",
          (q.now("faastax_collector_store_available", q.COLLECTORS, "instance"), "{{instance}}")),
    lines("Oddities", "Failures of the store, two machines under one name, clocks that jumped, agents of a later "
          "version: how often together, a second. The alerts tell them apart.", "cps",
          (" + ".join(q.rate(f"faastax_collector_{name}_total", q.COLLECTORS) for name in ODD), "all")),
    table("Collectors", "What runs where.", "short",
          ("sum by (cluster, instance, version) (faastax_collector_info{" + q.COLLECTORS + "})", ""),
          hidden=("Value",)),
]

BOARD = board("faastax-fleet", "faastax / Fleet", "Which nodes and which functions pay for instance churn.",
              q.node_variables(),
              [("At a glance", GLANCE), ("Nodes", NODES), ("Functions", FUNCTIONS), ("Ledgers and agents", LEDGERS),
               ("Collectors", COLLECTOR)])
