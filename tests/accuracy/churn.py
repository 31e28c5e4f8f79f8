# SPDX-License-Identifier: Apache-2.0
"""What sandboxes' starts and stops cost the node, against what the ledger books to `create`, `init` and `teardown`.

The oracle is the node's busy time less its baseline, the rate of a quiet window just before. The CPU time of faastax,
of the loop that starts the sandboxes and of this script is left out of both by each process's own CPU clock. The
program in the sandboxes ends at once. The limit is for the mean over all windows.

*Unrelated work* (100 × `iptables -L` and a burner) runs beside sandboxes of containerd; the run is recorded and booked
again without it, so the difference is what was booked of it to sandboxes."""
from accuracy.line import Line
from harness import churn, oci, paths, unrelated
from harness.containerd import Containerd

LIMIT = 0.05
LEAK_LIMIT = 0.01
REPEATS, QUICK_REPEATS = 5, 1
# Sandboxes in a window: enough for seconds of work.
CTR_COUNT, RUNC_COUNT, CRUN_COUNT = 20, 100, 200
QUICK_SHARE = 2


def line(folder, name, loop, count, repeats):
    """One line; `loop(i, count)` is the command of a window."""
    found = [churn.measure(folder, loop(i, count), count) for i in range(repeats)]
    share = sum(one.inferred for one in found) / sum(one.booked for one in found)
    return Line("churn", f"{name}: {1 - share:.1%} direct, {share:.1%} inferred",
                "the node's busy time beyond its baseline", LIMIT, [one.error for one in found],
                count=count * repeats, by_mean=True)


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
        bundle = oci.bundle(folder / f"{name}-bundle", ["/bin/nothing"], extra=[paths.helper("nothing")])
        yield line(folder, name, lambda i, count: runtime.loop(bundle, f"fxacc-{name}-{i}", count),
                   count // share, repeats)
