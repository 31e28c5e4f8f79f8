# SPDX-License-Identifier: Apache-2.0
"""How long an instance takes from the request for it: emergency instances beside pods and the bare runtime, in one
run. Pods are probed every 10 ms, which finds them as soon as they listen, and every second, as kubelet does."""
import json
from contextlib import contextmanager

from harness import cluster_manager, emergency, paths, processes

LEAST_RATIO, MOST_P99_MS = 10, 25
WAYS = ("emergency instance", "runc alone", "pod, probed every 10 ms", "pod, probed every second")


@contextmanager
def target(folder, way):
    """What the timing program is to be told to make instances in this way."""
    if way == "emergency instance":
        with emergency.agent(folder / "agent") as agent:
            yield ["--backend", agent.socket]
    elif way == "runc alone":
        paths.tool("runc")
        yield ["--runtime", "runc", "--state", folder / "runc"]
    else:
        period = "0.01" if way.endswith("10 ms") else "1"
        with cluster_manager.ClusterManager(folder / f"probed-{period}", "--probe-period", period) as manager:
            yield ["--backend", manager.socket]


def times(folder, way, count):
    """Sorted milliseconds to the listening socket and to the first byte, in this way."""
    with target(folder, way) as told:
        command = [paths.program("faastax-bench-creation"), *told, "--name", "bench", "--count", count]
        found = json.loads(processes.run(command, timeout=1200))
    if found["failures"]:
        raise AssertionError(f"{way}: {found['failures'][0]}")
    return sorted(found["listening_ms"]), sorted(found["first_byte_ms"])


def quantile(values, share):
    """Of sorted values."""
    return values[min(len(values) - 1, int(share * len(values)))]


def report(results, folder, quick):
    """A table of both times, and the limits."""
    count = 20 if quick else 200
    results.section("Creation of an instance", "From the request for an instance until its socket listens, and until the "
                    f"first byte of its first answer; {count} each, one after the other, milliseconds.")
    found = {way: times(folder, way, count) for way in WAYS}
    results.table(("", "listens p50", "p99", "first byte p50", "p99"),
                  [(way, *(f"{quantile(values, share):.2f}" for values in both for share in (0.5, 0.99)))
                   for way, both in found.items()])
    results.say("")
    emergency_times = found[WAYS[0]]
    for which, standard, what in ((0, WAYS[1], "listens"), (0, WAYS[2], "listens"), (1, WAYS[3], "first byte")):
        times_faster = quantile(found[standard][which], 0.5) / quantile(emergency_times[which], 0.5)
        holds = results.limit(f"creation, {what}, {standard}", times_faster >= LEAST_RATIO)
        results.say(f"- {what}, p50: {times_faster:.0f} times sooner than {standard} (≥ {LEAST_RATIO}: {holds})")
    worst = max(quantile(values, 0.99) for values in emergency_times)
    holds = results.limit("creation, p99 of emergency instances", worst < MOST_P99_MS)
    results.say(f"- p99 of emergency instances: {worst:.2f} ms (< {MOST_P99_MS}: {holds})")
