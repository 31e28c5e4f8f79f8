# SPDX-License-Identifier: Apache-2.0
"""Byte-seconds of an instance against a poll of its memory cgroup every 4 ms, for programs that hold, grow and free
memory by patterns, have children do it, or fill the page cache; sandboxes by crun and runc in turn. (A poll every
10 ms would do for the limit, and be off by 1% itself where charges change by steps.)"""
from accuracy.line import Line
from harness import memory, oci

LIMIT = 0.03
ORACLE = "a 4 ms poll of its memory cgroup"
REPEATS, QUICK_REPEATS = 6, 1
RUNTIMES = ("crun", "runc")


def lines(folder, quick):
    """All lines of the group."""
    errors = {name: [] for name in memory.PATTERNS}
    for i in range(QUICK_REPEATS if quick else REPEATS):
        runtime = oci.Runtime(RUNTIMES[i % len(RUNTIMES)], folder / str(i))
        sleeping = [name for name in errors if name not in memory.SPINNING]
        for together in (sleeping, *([name] for name in memory.SPINNING)):
            for name, ((oracle, seen), _) in memory.run(folder / str(i), runtime, together).items():
                errors[name].append(sum(seen.values()) / sum(oracle.values()) - 1)
    for name, of_pattern in errors.items():
        yield Line("memory", name, ORACLE, LIMIT, of_pattern)
