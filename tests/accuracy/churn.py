# SPDX-License-Identifier: Apache-2.0
"""What sandboxes' starts and stops cost the node, against what the ledger books to `create`, `init` and `teardown`.

The oracle is the node's busy time less its baseline, the rate of a quiet window just before. The CPU time of faastax, of
the loop that starts the sandboxes and of this script is left out of both by each process's own CPU clock. The program in
the sandboxes ends at once. The limit is for the mean over all windows.

*Unrelated work* (100 × `iptables -L` and a burner) runs beside sandboxes of containerd; the run is recorded and booked
again without it, so the difference is what was booked of it to sandboxes."""
import os
import subprocess
import time

from accuracy.line import Line
from harness import oci, oracle, unrelated
from harness.containerd import Containerd
from harness.stat import activity_seconds, window

LIMIT = 0.05
LEAK_LIMIT = 0.01
ACTIVITIES = ("create", "init", "teardown")
QUIET_SECONDS = 4
SETTLE_SECONDS = 1
REPEATS, QUICK_REPEATS = 5, 1
# Sandboxes in a window: enough for seconds of work.
CTR_COUNT, RUNC_COUNT, CRUN_COUNT = 20, 40, 100
QUICK_SHARE = 2


def quiet_window(folder, node):
    """Busy seconds a second while nothing of ours runs."""
    with window(folder) as opened:
        node.leave_out(opened.process.pid)
        time.sleep(QUIET_SECONDS)
    return opened


def churn_window(folder, node, command):
    """A window around the command."""
    with window(folder) as opened:
        node.leave_out(opened.process.pid)
        with subprocess.Popen([str(word) for word in command]) as loop:
            node.leave_out(loop.pid)
            if loop.wait() != 0:
                raise AssertionError(f"{command} ended with {loop.returncode}")
    return opened


def measure(folder, command, count):
    """(relative error, share of the booked that is inferred) of `count` sandboxes that the command makes."""
    with oracle.NodeOracle() as node:
        node.leave_out(os.getpid())
        time.sleep(SETTLE_SECONDS)
        quiet = quiet_window(folder, node).report
        report = churn_window(folder, node, command).report
    started = report["instances"]["started"]
    if started != count or any(report["lost"].values()):
        raise AssertionError(f"{started} sandboxes started, not {count}; lost {report['lost']}")
    rate = node.busy_in(quiet) / quiet["window"]["seconds"]
    expected = node.busy_in(report) - rate * report["window"]["seconds"]
    booked = activity_seconds(report, *ACTIVITIES)
    return booked / expected - 1, 1 - activity_seconds(report, *ACTIVITIES, direct_only=True) / booked


def line(folder, name, loop, count, repeats):
    """One line; `loop(i, count)` is the command of a window."""
    errors, inferred = zip(*(measure(folder, loop(i, count), count) for i in range(repeats)))
    share = sum(inferred) / len(inferred)
    return Line("churn", f"{name}: {1 - share:.1%} direct, {share:.1%} inferred",
                "the node's busy time beyond its baseline", LIMIT, list(errors), count=count * repeats, by_mean=True)


def unrelated_line(folder, containerd, count, repeats):
    """What of the unrelated work was booked to sandboxes, as a share of it."""
    errors = []
    for i in range(repeats):
        found = unrelated.measure(folder, f"fxacc-noise-{i}", containerd.ctr_loop(count, f"fxacc-beside-{i}"))
        errors.append(found.leaked / found.used)
    return Line("churn", "unrelated work booked to sandboxes", "0", LEAK_LIMIT, errors, of="it, by `cpu.stat`",
                count=100 * repeats)


def lines(folder, quick):
    """All lines of the group."""
    repeats, share = (QUICK_REPEATS, QUICK_SHARE) if quick else (REPEATS, 1)
    with Containerd(folder) as containerd:
        yield line(folder, "containerd + CNI", lambda i, count: containerd.ctr_loop(count, f"fxacc-ctr-{i}"),
                   CTR_COUNT // share, repeats)
        yield unrelated_line(folder, containerd, CTR_COUNT // share, repeats)
    for name, count in (("runc", RUNC_COUNT), ("crun", CRUN_COUNT)):
        runtime = oci.Runtime(name, folder)
        bundle = oci.bundle(folder / f"{name}-bundle", ["/bin/true"])
        yield line(folder, name, lambda i, count: runtime.loop(bundle, f"fxacc-{name}-{i}", count),
                   count // share, repeats)
