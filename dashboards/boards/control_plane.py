# SPDX-License-Identifier: Apache-2.0
"""The control plane: what scaling costs, on the regular and on the emergency track."""
import queries as q
from model import board, heatmap, lines, number, stacked

CPU = "faastax_function_cpu_seconds_total"
COMPONENT = "faastax_component_cpu_seconds_total"
MEMORY = "faastax_function_memory_byte_seconds_total"
STARTS = "faastax_instance_starts_total"
COLD = "faastax_cold_start_seconds"
CPUS = "suffix: CPUs"
NOT_NAMESPACE = q.NODES + ',namespace=~"$namespace",function=~"$function"'
REGULAR = NOT_NAMESPACE + ',track="regular"'
EMERGENCY = NOT_NAMESPACE + ',track="emergency"'
F = q.FUNCTIONS

GLANCE = [
    number("Overhead ratio", "CPU of the platform / CPU inside instances, of the whole node.", "percentunit",
           (q.overhead_ratio(), "overhead")),
    number("Creations", "Instances started a second, by track.", "cps", (q.rate(STARTS, F, "track"), "{{track}}"),
           width=5),
    number("Emergency share", "Emergency instances, of all that were started.", "percentunit",
           (q.over(q.rate(STARTS, EMERGENCY), q.rate(STARTS, NOT_NAMESPACE)), "emergency")),
    number("Cold start p50", "By track.", "s", (q.quantile(0.5, COLD, F, "track"), "{{track}}"), width=5),
    number("Cold start p99", "By track.", "s", (q.quantile(0.99, COLD, F, "track"), "{{track}}"), width=6),
]

COST = [
    lines("CPU of one instance's life", "CPU of creation, initialisation and removal / instances started, by track.",
          "s", (q.over(q.rate(CPU, f"{F},{q.CHURN}", "track"), q.rate(STARTS, F, "track")), "{{track}}")),
    lines("Churn ratio", "CPU of creating, initialising and removing instances / CPU of handling requests, by track.",
          "percentunit", (q.churn_ratio(CPU, "track", F), "{{track}}")),
    stacked("Regular track: CPU by activity", "Of its instances, and of the work that served them.", CPUS,
            (q.rate(CPU, REGULAR, "activity"), "{{activity}}")),
    stacked("Emergency track: CPU by activity", "Of its instances, and of the work that served them.", CPUS,
            (q.rate(CPU, EMERGENCY, "activity"), "{{activity}}")),
    stacked("Platform: manage and route", "CPU that no single creation or removal caused, and of the request path "
            "outside instances, the ten largest components.", CPUS,
            ("topk(10, " + q.rate(COMPONENT, f'{q.NODES},activity=~"manage|route"', "component") + ")",
             "{{component}}")),
    stacked("Platform: create and teardown", "The ten largest components.", CPUS,
            ("topk(10, " + q.rate(COMPONENT, f'{q.NODES},activity=~"create|teardown"', "component") + ")",
             "{{component}}")),
    lines("Overhead beside creations", "The ratio over the rate of creations: what does not fall with it is the fixed "
          "part.", "percentunit", (q.overhead_ratio(), "overhead ratio"),
          (q.rate(STARTS, q.NODES), "creations a second")),
]
COST[-1]["fieldConfig"]["overrides"] = [{
    "matcher": {"id": "byName", "options": "creations a second"},
    "properties": [{"id": "unit", "value": "cps"}, {"id": "custom.axisPlacement", "value": "right"}]}]

TRACKS = [
    stacked("Instances by track and state", "Alive now.", "short",
            (q.now("faastax_instances", F, "track, state"), "{{track}} {{state}}")),
    lines("Starts by track", "A second.", "cps", (q.rate(STARTS, F, "track"), "{{track}}")),
    lines("Ends by track", "A second, by how they ended.", "cps",
          (q.rate("faastax_instance_ends_total", F, "track, reason"), "{{track}}: {{reason}}")),
    lines("Served none", "Instances that ended without a request, of those that ended, by track.", "percentunit",
          (q.over(q.rate("faastax_instances_served_none_total", F, "track"),
                  q.rate("faastax_instance_ends_total", F, "track")), "{{track}}")),
    lines("Requests of an instance", "Requests / instances started, by track.", "short",
          (q.over(q.rate("faastax_requests_total", F, "track"), q.rate(STARTS, F, "track")), "{{track}}")),
    stacked("Mean memory by track and state", "The growth of byte-seconds.", "bytes",
            (q.rate(MEMORY, F, "track, state"), "{{track}} {{state}}")),
    heatmap("Cold starts, regular track", "How many took how long.", "s", q.rate(COLD + "_bucket", REGULAR, "le")),
    heatmap("Cold starts, emergency track", "How many took how long.", "s",
            q.rate(COLD + "_bucket", EMERGENCY, "le")),
]

EVENTS = q.COLLECTORS + ',namespace=~"$namespace",function=~"$function",track=~"$track"'
DECISIONS = [
    lines("Scaling decisions", "A second, by policy and track, as control planes tell the collector.", "cps",
          (q.rate("faastax_scaling_decisions_total", EVENTS, "policy, track"), "{{policy}} {{track}}")),
    lines("Scaling delay", "From a decision until an instance that it wanted is ready, by policy and track.", "s",
          *[(q.quantile(share, "faastax_scaling_delay_seconds", EVENTS, "policy, track"),
             f"p{share * 100:g} {{{{policy}}}} {{{{track}}}}") for share in (0.5, 0.99)]),
]

BOARD = board("faastax-control-plane", "faastax / Control plane",
              "What scaling costs: the regular track beside the emergency track.",
              q.node_variables() + q.function_variables(),
              [("At a glance", GLANCE), ("Cost", COST), ("Tracks", TRACKS), ("Decisions", DECISIONS)])
