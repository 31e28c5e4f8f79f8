# SPDX-License-Identifier: Apache-2.0
"""Cycles by `perf stat` beside what faastax says of the same stretch, on a machine with a PMU."""
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness import cgroups, oci, paths, processes
from harness.created import created
from harness.stat import stat, window

BURN_MS = 4000


def has_pmu():
    """Whether perf counts cycles here."""
    done = subprocess.run([paths.tool("perf"), "stat", "-x,", "-a", "-e", "cycles", "sleep", "0.1"],
                          capture_output=True, text=True, check=False, timeout=30)
    return done.returncode == 0 and "<not" not in done.stderr


@dataclass
class Compared:
    """Cycles by perf and by faastax, and in which way faastax counted them."""

    oracle: float
    seen: float
    source: str

    @property
    def error(self):
        """Of faastax, relative to perf."""
        return self.seen / self.oracle - 1

    def __str__(self):
        return f"{self.source}: {self.seen:.4g} cycles, perf {self.oracle:.4g} ({self.error:+.2%})"


def busy(report):
    """Cycles of all activities."""
    return sum(cell["cycles"] for cell in report["cpu"]["by_activity"].values())


def _counted(output):
    """The last counter of `perf stat -x,`."""
    return float(output.strip().splitlines()[-1].split(",")[0])


def node(folder):
    """The whole node, idle CPUs' own cycles included, while two threads burn."""
    out = Path(folder) / "perf-node"
    report = stat(folder, [paths.tool("perf"), "stat", "-x,", "-a", "-e", "cycles", "-o", out, "--",
                           paths.helper("burn"), "threads", "2", str(BURN_MS)])
    return Compared(_counted(out.read_text(encoding="ascii")), busy(report) + report["cpu"]["idle_cycles"],
                    report["node"]["cycle_source"])


def _perf_group(pid):
    """The cgroup of a process as perf names it: in the hierarchy of v1's perf_event if there is one."""
    if not cgroups.v1_root("perf_event"):
        return os.path.relpath(cgroups.v2_path_of(pid), cgroups.v2_root())
    with open(f"/proc/{pid}/cgroup", encoding="utf-8") as table:
        rows = [row.rstrip("\n").split(":", 2) for row in table]
    return next(path for _, controllers, path in rows if "perf_event" in controllers.split(",")).lstrip("/")


def _runs(pid, name):
    """A child of that name: perf enables its counters when it lets its command go."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
        if Path(f"/proc/{child}/comm").read_text(encoding="utf-8").strip() == name:
            return True
    return False


def instance(folder, name, threads=1):
    """A sandbox whose program burns; perf counts from before its first instruction until after its last."""
    runtime = oci.Runtime("crun", folder)
    bundle = oci.bundle(Path(folder) / f"{name}-bundle",
                        ["/bin/burn", "threads", str(threads), str(BURN_MS // threads)], extra=[paths.helper("burn")])
    with window(folder, "--instances") as opened, created(runtime, bundle, name) as sandbox:
        command = [paths.tool("perf"), "stat", "-x,", "-a", "-e", "cycles", "--for-each-cgroup",
                   _perf_group(sandbox.pid), "cat"]
        with processes.child(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                             text=True) as perf:
            processes.wait_until(lambda: _runs(perf.pid, "cat"), "perf counts")
            sandbox.start()
            sandbox.finish()
            counted = perf.communicate(timeout=60)[1]  # the end of its input ends cat
    (row,) = [row for row in opened.report["instances_detail"] if row["sandbox"] == name]
    return Compared(_counted(counted), row["cycles"], opened.report["node"]["cycle_source"])
