# SPDX-License-Identifier: Apache-2.0
"""The node's cgroup hierarchies, read from the mount table."""
import os
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path


@lru_cache
def mounts():
    """[(mount point, type, set of super options)] of every cgroup hierarchy."""
    found = []
    with open("/proc/self/mountinfo", encoding="utf-8") as table:
        for line in table:
            left, right = line.split(" - ", 1)
            kind, _, options = right.split()[:3]
            if kind in ("cgroup", "cgroup2"):
                found.append((Path(left.split()[4]), kind, set(options.split(","))))
    return found


def v2_root():
    """Mount point of cgroup v2, or None."""
    return next((point for point, kind, _ in mounts() if kind == "cgroup2"), None)


def v1_root(controller):
    """Mount point of a v1 controller, or None."""
    return next((point for point, kind, options in mounts() if kind == "cgroup" and controller in options),
                None)


def is_hybrid():
    """True where v1 controllers are mounted beside v2."""
    return any(kind == "cgroup" for _, kind, _ in mounts())


def v2_path_of(pid):
    """Folder of a process's v2 cgroup."""
    with open(f"/proc/{pid}/cgroup", encoding="utf-8") as table:
        path = next(line[3:].strip() for line in table if line.startswith("0::"))
    return Path(f"{v2_root()}{path}")


def own_seconds(folder):
    """CPU time of a v2 cgroup as the kernel counts it."""
    stat = (folder / "cpu.stat").read_text(encoding="ascii")
    return int(stat.split("usage_usec", 1)[1].split()[0]) / 1e6


def all_v2():
    """Every v2 cgroup's path, to compare before with after."""
    root = v2_root()
    return {os.path.relpath(folder, root) for folder, _, _ in os.walk(root)}


def remove_everywhere(name):
    """Removes an empty cgroup of this name from every hierarchy; one in use or absent stays as it is."""
    for point, _, _ in mounts():
        try:
            (point / name).rmdir()
        except OSError:
            pass


@contextmanager
def v2_group(name):
    """A plain v2 cgroup of the test's own, that no runtime made."""
    folder = v2_root() / name
    folder.mkdir()
    try:
        yield folder
    finally:
        folder.rmdir()
