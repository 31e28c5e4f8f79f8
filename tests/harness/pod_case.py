# SPDX-License-Identifier: Apache-2.0
"""What the tests of pods share: a cluster manager, requests to its instances, and the processes in their cgroups."""
import os
import urllib.request
from pathlib import Path

from harness import case, cgroups, paths
from harness.cluster_manager import ClusterManager

CONTAINERD = "faastax-lab-containerd"


def get(address, target, seconds=10):
    """One request to an instance; the answer's text."""
    host, port = address
    with urllib.request.urlopen(f"http://{host}:{port}{target}", timeout=seconds) as answer:
        return answer.read().decode()


def pids_in(folder):
    """Of a cgroup; none of one that goes in this moment."""
    try:
        return (folder / "cgroup.procs").read_text(encoding="ascii").split()
    except OSError:
        return []


def members(group, name):
    """Processes of this name below a cgroup of the v2 hierarchy."""
    found = []
    for folder, _, _ in os.walk(cgroups.v2_root() / group):
        for pid in pids_in(Path(folder)):
            try:
                if Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip() == name:
                    found.append(int(pid))
            except OSError:
                pass
    return found


def left():
    """What there is of a manager outside its folder: cgroups and its device."""
    roots = filter(None, (cgroups.v2_root(), cgroups.v1_root("memory")))
    places = [root / group for root in roots for group in ("faastax-lab/regular", CONTAINERD)]
    return [str(place) for place in (*places, Path("/sys/class/net/fxlab0")) if place.exists()]


class PodCase(case.SystemTest):
    """A machine without pods before and after."""

    def setUp(self):
        super().setUp()
        for tool in ("containerd", "runc", "ctr", "ip"):
            paths.tool(tool)
        if left():  # by a run that was killed: the next manager removes it, as it does for users
            with ClusterManager(self.dir):
                pass
        self.assertEqual([], left())
        self.addCleanup(self.check_nothing_left)

    def check_nothing_left(self):
        """Of the manager: no cgroup, device or mount."""
        self.undo.close()
        self.assertEqual([], left())
        self.assertNotIn(self.dir.name, Path("/proc/self/mountinfo").read_text(encoding="utf-8"))

    def manager(self, *options):
        """One that is there for the test."""
        return self.using(ClusterManager(self.dir, *options))
