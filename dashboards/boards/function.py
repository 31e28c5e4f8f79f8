# SPDX-License-Identifier: Apache-2.0
"""One function, or some: what it uses, what its instances cost, how fast it answers."""
import queries as q
from model import board, heatmap, lines, number, stacked, table

CPU = "faastax_function_cpu_seconds_total"
MEMORY = "faastax_function_memory_byte_seconds_total"
STARTS = "faastax_instance_starts_total"
REQUESTS = "faastax_requests_total"
CPUS = "suffix: CPUs"
NAMES = "namespace, function, track"
F = q.FUNCTIONS

GLANCE = [
    number("Requests", "Completed and aborted, a second.", "reqps", (q.rate(REQUESTS, F), "requests")),
    number("Churn ratio", "CPU of creating, initialising and removing instances / CPU of handling requests.",
           "percentunit", (q.churn_ratio(CPU, matchers=F), "churn")),
    number("Memory ratio", "Byte-seconds of all instances / those of busy ones.", "suffix: ×",
           (q.memory_ratio(MEMORY, matchers=F), "memory")),
    number("Cold start p99", "From the first runtime command that names an instance until it is ready.", "s",
           (q.quantile(0.99, "faastax_cold_start_seconds", F), "p99")),
    number("Request p99", "From a request's first byte at the instance until its response's last.", "s",
           (q.quantile(0.99, "faastax_request_seconds", F), "p99")),
    number("CPU per request", "All CPU that the function caused, creation and removal included, / requests.", "s",
           (q.over(q.rate(CPU, F), q.rate(REQUESTS, F)), "CPU")),
]

USE = [
    stacked("CPU by activity", "Of the instances, and of the platform's work that served them.", CPUS,
            (q.rate(CPU, F, "activity"), "{{activity}}")),
    stacked("CPU by function", "The ten largest.", CPUS,
            (f"topk(10, {q.rate(CPU, F, NAMES)})", "{{namespace}}/{{function}} {{track}}")),
    stacked("Mean memory by state", "The growth of byte-seconds, by what the instances were doing.", "bytes",
            (q.rate(MEMORY, F, "state"), "{{state}}")),
    lines("Inferred share", "CPU that a model apportioned, of all that the function caused.", "percentunit",
          (q.over(q.rate(CPU, f'{F},evidence="inferred"', "function"), q.rate(CPU, F, "function")), "{{function}}")),
    lines("Cycles", "A second, by activity; no data where nothing counts cycles (cycle_source none).", "hertz",
          (q.rate("faastax_function_cpu_cycles_total", F, "activity"), "{{activity}}")),
    lines("CPU of one instance's life", "CPU of creation, initialisation and removal / instances started.", "s",
          (q.over(q.rate(CPU, f"{F},{q.CHURN}", "activity"), q.rate(STARTS, F), each=True), "{{activity}}")),
]

INSTANCES = [
    stacked("Instances by state", "Alive now.", "short", (q.now("faastax_instances", F, "state"), "{{state}}")),
    lines("Starts and ends", "A second; ends by how they ended.", "cps", (q.rate(STARTS, F), "started"),
          (q.rate("faastax_instance_ends_total", F, "reason"), "ended: {{reason}}")),
    lines("Served none", "Instances that ended without a request, a second.", "cps",
          (q.rate("faastax_instances_served_none_total", F, "function"), "{{function}}")),
    heatmap("Cold starts", "How many took how long.", "s",
            q.rate("faastax_cold_start_seconds_bucket", F, "le")),
]

SERVICE = [
    lines("Requests", "A second, by outcome.", "reqps", (q.rate(REQUESTS, F, "outcome"), "{{outcome}}")),
    lines("Response time at the instance", "Quantiles by interpolation within the buckets.", "s",
          *[(q.quantile(share, "faastax_request_seconds", F), f"p{share * 100:g}") for share in (0.5, 0.9, 0.99)]),
    heatmap("Requests by duration", "How many took how long.", "s",
            q.rate("faastax_request_seconds_bucket", F, "le")),
    lines("Mean requests in flight", "Seconds of requests a second (Little's law).", "short",
          (q.rate("faastax_request_seconds_sum", F, "function"), "{{function}}")),
]

ALL = [
    table("Functions", "Sums over the time shown. CPU in seconds.", "short",
          (q.grown(CPU, F, NAMES), "CPU"), (q.grown(CPU, f"{F},{q.CHURN}", NAMES), "churn"),
          (q.grown(STARTS, F, NAMES), "starts"), (q.grown(REQUESTS, F, NAMES), "requests"), width=24, height=10),
]
for letter, name in zip("ABCD", ("CPU", "Churn CPU", "Starts", "Requests")):
    ALL[0]["fieldConfig"]["overrides"].append({
        "matcher": {"id": "byName", "options": f"Value #{letter}"},
        "properties": [{"id": "displayName", "value": name},
                       {"id": "unit", "value": "s" if "CPU" in name else "short"}]})

BOARD = board("faastax-function", "faastax / Function", "What a function uses, and what its instances cost.",
              q.node_variables() + q.function_variables(),
              [("At a glance", GLANCE), ("Use", USE), ("Instances", INSTANCES), ("Requests", SERVICE),
               ("All", ALL)])
