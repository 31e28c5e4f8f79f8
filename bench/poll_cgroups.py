#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A peer: the polling of cgroup files, as cAdvisor and what is made of it do it. Every PERIOD seconds it walks
the CPU hierarchy and reads each container's CPU and memory files; a container that it has never met before
its end counts nothing. At the end (stdin closed) it prints the CPU seconds that it has seen of new cgroups."""
import select
import sys
import time
from pathlib import Path

FILES = ("cpuacct.usage", "cpuacct.usage_percpu", "cpuacct.stat", "cpu.stat")
MEMORY_FILES = ("memory.usage_in_bytes", "memory.stat", "memory.max_usage_in_bytes")


def usage_ns(folder):
    """CPU time of a cgroup; None when it is gone."""
    try:
        for name in FILES[1:]:
            if (folder / name).exists():
                (folder / name).read_bytes()
        if (folder / FILES[0]).exists():
            return int((folder / FILES[0]).read_text(encoding="ascii"))
        return int((folder / "cpu.stat").read_text(encoding="ascii").split()[1]) * 1000
    except (OSError, ValueError, IndexError):
        return None


def read_memory(folder):
    """What is charged and its parts; the value itself is not needed here."""
    for name in MEMORY_FILES:
        try:
            (folder / name).read_bytes()
        except OSError:
            pass


def poll(root, memory_root, seen):
    """One housekeeping round over all containers."""
    for folder in root.iterdir():
        if not folder.is_dir():
            continue
        used = usage_ns(folder)
        if used is not None:
            seen[folder.name] = used
            read_memory(memory_root / folder.name)


def main():
    """poll_cgroups.py PERIOD CPU-HIERARCHY MEMORY-HIERARCHY"""
    period, root, memory_root = float(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    seen = {}
    poll(root, memory_root, seen)
    old = dict(seen)
    print("attached", flush=True)
    due = time.monotonic() + period
    while not select.select([sys.stdin], [], [], max(0, due - time.monotonic()))[0]:
        poll(root, memory_root, seen)
        due += period
    print(sum(used for name, used in seen.items() if name not in old) / 1e9, flush=True)


if __name__ == "__main__":
    main()
