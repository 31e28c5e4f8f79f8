# SPDX-License-Identifier: Apache-2.0
"""The node's busy time against the scheduler's own count, and what the books leave over (residual), in windows of ten
seconds that make a minute of each load. Both are shares of wall time × online CPUs."""
import os
import sys
from pathlib import Path

from accuracy.line import Line
from harness import cgroups, oci, oracle, paths, processes
from harness.stat import stat

LIMIT = 0.005
OF = "wall × CPUs"
WINDOW_SECONDS = 10
WINDOWS, QUICK_WINDOWS = 6, 1
SANDBOXES_A_SECOND = 20


def quiet(_):
    """Nothing but what the node does anyway."""
    return ["sleep", str(WINDOW_SECONDS)]


def churning(folder):
    """Sandboxes that start at a fixed rate."""
    runtime = oci.Runtime("crun", folder)
    bundle = oci.bundle(folder / "bundle", ["/bin/true"])
    run = [runtime.path, "--root", runtime.state, "run", "--bundle", bundle, "fxacc-rate-{}"]
    script = Path(__file__).with_name("at_rate.py")
    count = WINDOW_SECONDS * SANDBOXES_A_SECOND
    return [*runtime.prefix, sys.executable, script, count, SANDBOXES_A_SECOND, *run]


def full(_):
    """More runnable threads than CPUs, ended from outside when the time is over."""
    threads = 2 * os.cpu_count()
    burn = f'"{paths.helper("burn")}" threads {threads} {1000 * WINDOW_SECONDS} </dev/null >/dev/null'
    return ["sh", "-c", f"timeout {WINDOW_SECONDS} {burn}; [ $? -eq 124 ]"]


LOADS = {"quiet": quiet, f"{SANDBOXES_A_SECOND} crun sandboxes/s": churning, "full CPU load": full}


def oracle_name():
    """The oracle that this node has."""
    return "`cpuacct.usage` of the root" if cgroups.v1_root("cpuacct") else "`/proc/schedstat`"


def measure(folder, command, *options):
    """(error of busy, residual) of one window, as shares of its wall time."""
    with oracle.NodeOracle() as reader:
        report = stat(folder, command, *options)
    cpu = report["cpu"]
    lost = report["lost"]
    if lost["events"] or lost["records"]:
        raise AssertionError(f"lost {lost}")
    wall = cpu["wall_cpu_seconds"]
    return (oracle.tasks_seconds(report) - reader.busy_in(report)) / wall, cpu["residual_seconds"] / wall


def has_interrupts():
    """True when this faastax can carve interrupts out."""
    return "--interrupts" in processes.run([paths.program("faastax"), "stat", "--help"])


def of_load(folder, name, load, count, *options):
    """The two lines of one load."""
    pairs = [measure(folder, load(folder), *options) for _ in range(count)]
    busy, residual = zip(*pairs)
    yield Line("node", f"busy, {name}", oracle_name(), LIMIT, list(busy), of=OF)
    yield Line("node", f"residual, {name}", "0", LIMIT, list(residual), of=OF)


def lines(folder, quick):
    """All lines of the group."""
    count = QUICK_WINDOWS if quick else WINDOWS
    for name, load in LOADS.items():
        yield from of_load(folder, name, load, count)
    if has_interrupts():
        churn = f"{SANDBOXES_A_SECOND} crun sandboxes/s"
        yield from of_load(folder, f"{churn}, interrupts apart", LOADS[churn], count, "--interrupts")
