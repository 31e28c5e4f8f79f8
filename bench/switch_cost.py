# SPDX-License-Identifier: Apache-2.0
"""What our program at sched_switch costs, beside an empty one in the same run.

Both are attached at once, so every switch runs both; the kernel's own statistics count runs and nanoseconds.
Its counting costs the same for each and goes away in the difference."""
import re
import subprocess
from contextlib import contextmanager
from pathlib import Path

from harness import agent, bpf_objects, paths, processes

OURS, EMPTY = "fx_switch", "fx_empty"
LIMIT_NS = 150
OPERATIONS = 200_000
STATISTICS = Path("/proc/sys/kernel/bpf_stats_enabled")


@contextmanager
def run_statistics():
    """The kernel counts BPF runs for the block; afterwards the switch is as it was."""
    before = STATISTICS.read_text(encoding="ascii")
    STATISTICS.write_text("1", encoding="ascii")
    try:
        yield
    finally:
        STATISTICS.write_text(before, encoding="ascii")


@contextmanager
def empty_attached():
    """The empty program, attached for the block."""
    command = [paths.program("faastax-bench-empty-switch")]
    with processes.child(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        if process.stdout.readline() != b"attached\n":
            raise AssertionError("the empty program did not attach")
        yield


def counters(name):
    """(nanoseconds, runs) of a loaded program."""
    for entry in bpf_objects.programs():
        if entry.get("name") == name:
            return entry.get("run_time_ns", 0), entry.get("run_cnt", 0)
    raise AssertionError(f"no program {name} is loaded")


def pipe_command(operations):
    """The load: two processes that wake each other through a pipe."""
    return [paths.tool("perf"), "bench", "sched", "pipe", "-l", str(operations)]


def reads_the_pmu(name):
    """True when the loaded program's own code calls a helper that reads a hardware counter."""
    text = processes.run([paths.tool("bpftool"), "prog", "dump", "xlated", "name", name])
    return re.search(r"call .*perf_event_read", text) is not None


def measure(folder, operations=OPERATIONS):
    """{program: (ns per run, runs)} over one load with both attached."""
    with run_statistics(), agent.running(folder), empty_attached():
        before = {name: counters(name) for name in (OURS, EMPTY)}
        processes.run(pipe_command(operations))
        after = {name: counters(name) for name in (OURS, EMPTY)}
        pmu = reads_the_pmu(OURS)
    costs = {}
    for name in (OURS, EMPTY):
        runs = after[name][1] - before[name][1]
        costs[name] = ((after[name][0] - before[name][0]) / runs, runs)
    return costs, pmu


def report(folder):
    """Prints the figures; False when the limit is broken."""
    costs, pmu = measure(folder)
    above = costs[OURS][0] - costs[EMPTY][0]
    load = " ".join(pipe_command(OPERATIONS)[1:])
    print(f"sched_switch, ns per run ({load}; both attached in the same run)")
    for name, (cost, runs) in costs.items():
        print(f"  {name:<10} {cost:8.1f} ns   N = {runs}")
    print(f"  above empty {above:6.1f} ns (limit {LIMIT_NS}), ratio {costs[OURS][0] / costs[EMPTY][0]:.2f}, "
          f"reads the PMU: {'yes' if pmu else 'no'}")
    return above <= LIMIT_NS and not pmu
