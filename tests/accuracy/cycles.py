# SPDX-License-Identifier: Apache-2.0
"""Cycles against `perf stat`, in whichever way this machine's counters are used. A machine without a PMU has none."""
from accuracy.line import Line
from harness import cycles

NODE_LIMIT, INSTANCE_LIMIT = 0.02, 0.05
REPEATS, QUICK_REPEATS = 5, 1
THREADS = (1, 2)  # of an instance, in turn


def line(what, oracle, limit, measured):
    """One line of what was measured: the source is in its name."""
    sources = ", ".join(sorted({one.source for one in measured}))
    return Line("cycles", f"{what} ({sources})", oracle, limit, [one.error for one in measured])


def lines(folder, quick):
    """All lines of the group."""
    repeats = QUICK_REPEATS if quick else REPEATS
    node, instance = ("node", "`perf stat -a`", NODE_LIMIT), ("instance", "`perf stat --for-each-cgroup`", INSTANCE_LIMIT)
    if not cycles.has_pmu():
        for what, oracle, limit in (node, instance):
            yield Line("cycles", what, oracle, limit, reason="no PMU on this machine")
        return
    yield line(*node, [cycles.node(folder) for _ in range(repeats)])
    yield line(*instance, [cycles.instance(folder, f"fxacc-cycles-{i}", THREADS[i % len(THREADS)])
                           for i in range(repeats)])
