# SPDX-License-Identifier: Apache-2.0
"""An instance's `own_seconds` against its cgroup's `cpu.stat`, one sandbox after another, for each way to live that
can be hard to follow. Sandboxes are made by `crun create`, so that the cgroup outlives its last process and
`cpu.stat` can be read when it is final. The limit is for each single instance.

- *frozen and thawed*: three times while it burns, in turn by the freezer of cgroup v1 (where there is one) and v2.
- *born into the cgroup*: 200 processes of somebody outside, by `clone3(CLONE_INTO_CGROUP)`, which has no attach event.
- *moved between cgroups*: a burning process with two threads is moved six times between two sandboxes' cgroups while
  it runs on another CPU. Both sandboxes count. The kernel itself draws the line at its last tick before the move; one
  that falls into the microseconds of the move itself goes to either side: 4 ms of the second that each of them has."""
import os
import subprocess
import sys
import time
from collections import Counter

from accuracy.line import Line
from harness import cgroups, oci, paths, scale
from harness.created import created
from harness.stat import window

LIMIT = scale.tolerance(0.01, in_vm=0.1)
ORACLE = "`cpu.stat` of its cgroup"
INSTANCES, QUICK_INSTANCES = 100, scale.count(4, in_vm=2)
FREEZES = 3
FREEZE_SECONDS = 0.01
MOVES = 6
MOVE_SECONDS = 0.3

# What is compared, and what tests/helpers/burn.c does for it.
KINDS = {
    "10 ms of life": ["single", "10"],
    "4 threads": ["threads", "4", "25"],
    "1,000 wake-ups a second": ["wakeups", "500", "1000", "50"],
    "20 execs": ["execs", "20", "5"],
    "20 execs by threads": ["thread-execs", "20", "5"],
}
FORKED = ("200 children", ["children", "200", "1"])
BORN = ("born into the cgroup", ["single", "1"])
FROZEN = ("frozen and thawed", ["single", "100"])
MOVED = ("moved between cgroups", ["single", "2400"])


def errors_of(report, expected):
    """Relative errors of the instances' own seconds. Every sandbox must have one row, and nothing may be lost. A row
    beyond the limit is shown: a run of it may not come again."""
    if any(report["lost"].values()):
        raise AssertionError(f"lost {report['lost']}")
    found = Counter(row["sandbox"] for row in report["instances_detail"])
    other = {name: found[name] for name in expected if found[name] != 1}
    if other:
        raise AssertionError(f"not one row each: {other}")
    rows = {row["sandbox"]: row for row in report["instances_detail"]}
    errors = {name: rows[name]["own_seconds"] / seconds - 1 for name, seconds in expected.items()}
    for name, error in errors.items():
        if abs(error) > LIMIT:
            print(f"{name}: {error:+.3%} of {expected[name]:.4f} s: {rows[name]}\n"
                  f"components: {report['cpu']['by_component']}", file=sys.stderr)
    return list(errors.values())


def run_one(runtime, bundle, name, during=None):
    """{name: cpu.stat} of one sandbox that ran to its end; `during(sandbox)` is called while it runs."""
    with created(runtime, bundle, name) as sandbox:
        sandbox.start()
        if during:
            during(sandbox)
        return {name: sandbox.finish()}


def bear(sandbox):
    """Processes that begin in its cgroup and are nobody's of its own."""
    subprocess.run([paths.helper("burn"), "into", sandbox.folder, "200", "1"], stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, check=True, timeout=60)


def freezer_of(sandbox, version):
    """(file, word that freezes, word that thaws) of a cgroup version's freezer."""
    if version == 2:
        return sandbox.folder / "cgroup.freeze", "1", "0"
    relative = sandbox.folder.relative_to(cgroups.v2_root())
    return cgroups.v1_root("freezer") / relative / "freezer.state", "FROZEN", "THAWED"


def freeze(sandbox, version):
    """Stops it in the middle of its work."""
    file, frozen, thawed = freezer_of(sandbox, version)
    for _ in range(FREEZES):
        time.sleep(FREEZE_SECONDS)
        file.write_text(frozen, encoding="ascii")
        time.sleep(FREEZE_SECONDS)
        file.write_text(thawed, encoding="ascii")


def run_pair(runtime, bundle, name):
    """Two sandboxes. The program of the first is moved to the second's cgroup and back while it burns."""
    with created(runtime, bundle, name + "-a") as first, created(runtime, bundle, name + "-b") as second:
        first.start()
        second.start()
        for i in range(MOVES):
            time.sleep(MOVE_SECONDS)
            target = (second, first)[i % 2].folder
            (target / "cgroup.procs").write_text(str(first.pid), encoding="ascii")
        return {first.name: first.finish(), second.name: second.finish()}


def measure(folder, what, arguments, count, run):
    """One line: `run(runtime, bundle, name, i)` for each of `count`, in one window."""
    # Of this run: crun would use what is left of a killed one's cgroups, whose making nobody saw.
    stem = f"fxacc-{os.getpid()}-{what.split()[0].replace(',', '')}"
    runtime = oci.Runtime("crun", folder)
    bundle = oci.bundle(folder / stem, ["/bin/burn", *arguments], extra=[paths.helper("burn")])
    expected = {}
    with window(folder, "--instances") as opened:
        for i in range(count):
            expected |= run(runtime, bundle, f"{stem}-{i}", i)
    return Line("instance", what, ORACLE, LIMIT, errors_of(opened.report, expected))


def one(during=None):
    """A way to run the `i`th of a line; `during(sandbox, i)` is called while it runs."""
    return lambda runtime, bundle, name, i: run_one(
        runtime, bundle, name, during and (lambda sandbox: during(sandbox, i)))


def entries(folder, count):
    """Lines of the three ways into a cgroup: by fork, by birth, by attach."""
    yield measure(folder, *FORKED, count, one())
    yield measure(folder, *BORN, count, one(lambda sandbox, _: bear(sandbox)))
    yield measure(folder, *MOVED, count // 2,
                  lambda runtime, bundle, name, _: run_pair(runtime, bundle, name))


def lives(folder, count):
    """Lines of the ways to live in it."""
    for what, arguments in KINDS.items():
        yield measure(folder, what, arguments, count, one())
    versions = (1, 2) if cgroups.v1_root("freezer") else (2,)
    yield measure(folder, *FROZEN, count, one(lambda sandbox, i: freeze(sandbox, versions[i % len(versions)])))


def lines(folder, quick, parts=(lives, entries)):
    """All lines of the group, or of some parts of it."""
    for part in parts:
        yield from part(folder, QUICK_INSTANCES if quick else INSTANCES)
