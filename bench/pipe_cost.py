# SPDX-License-Identifier: Apache-2.0
"""What the agent costs a program that does nothing but switch: `perf bench sched pipe` in alternating pairs.

The machine's own drift is larger than the effect, so runs alternate (bare, with agent), (bare, bare), and the
second kind, the same program against itself, says what the first's figure would be without any effect."""
import math
import re
import statistics

from harness import agent, processes
from switch_cost import pipe_command

PAIRS = 40
OPERATIONS = 20_000
# 97.5% quantile of Student's t for 39 degrees of freedom.
T_975 = 2.023


def microseconds():
    """Microseconds an operation of one run of the benchmark."""
    text = processes.run(pipe_command(OPERATIONS))
    return float(re.search(r"([0-9.]+) usecs/op", text)[1])


def pair(folder, with_agent, agent_first):
    """(bare, other) µs per operation; the order alternates so that drift does not favour one."""
    def other():
        if not with_agent:
            return microseconds()
        with agent.running(folder):
            return microseconds()

    if agent_first:
        second = other()
        return microseconds(), second
    return microseconds(), other()


def ratio(pairs):
    """Geometric mean of other/bare, and its 95% interval."""
    logs = [math.log(other / bare) for bare, other in pairs]
    middle = statistics.mean(logs)
    half = T_975 * statistics.stdev(logs) / math.sqrt(len(logs))
    return math.exp(middle), math.exp(middle - half), math.exp(middle + half)


def report(folder):
    """Prints the figures; there is no limit to break."""
    arms = {"agent/bare": [], "bare/bare": []}
    for i in range(PAIRS):
        arms["agent/bare"].append(pair(folder, True, i % 2 == 1))
        arms["bare/bare"].append(pair(folder, False, i % 2 == 1))
    bare = [value for pairs in arms.values() for value, _ in pairs]
    print(f"pipe ({' '.join(pipe_command(OPERATIONS)[1:])}; N = {PAIRS} alternating pairs each)")
    print(f"  bare, median {statistics.median(bare):.2f} µs/op, {min(bare):.2f} to {max(bare):.2f}")
    for name, pairs in arms.items():
        middle, low, high = ratio(pairs)
        print(f"  {name:<10} ratio {middle:.3f}, 95% {low:.3f} to {high:.3f}")
    return True
