# SPDX-License-Identifier: Apache-2.0
"""The loads that several benchmarks share."""
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

from harness import cgroups, paths, processes

CPUS = sorted(os.sched_getaffinity(0))


def token_ring(steps, cpus, members=2, folder=None, group=None):
    """Microseconds a step of the token ring took. `folder`: member i runs in the cgroup folder/i. `group`: all
    of them run in this one."""
    inside = ["--in", folder] if folder else []
    command = [paths.program("faastax-bench-token-ring"), steps, ",".join(map(str, cpus)), *inside, members]

    def enter():
        (group / "cgroup.procs").write_text("0", encoding="ascii")

    return float(processes.run(command, preexec_fn=enter if group else None))


@contextmanager
def sleepers(folder, count):
    """One process that waits in each of the cgroups folder/0 and on."""
    command = [paths.program("faastax-bench-token-ring"), 0, ",".join(map(str, CPUS)), "--in", folder, count]
    with processes.child(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        if process.stdout.readline() != b"waiting\n":
            raise AssertionError("the sleepers did not start")
        yield
        process.stdin.close()
        process.wait(timeout=20)


@contextmanager
def sandbox_cgroups(count):
    """A folder with `count` cgroups 0 and on, each of which faastax takes for a sandbox by its path."""
    function = cgroups.v2_root() / "faastax-lab" / "regular" / "bench.ring"
    function.mkdir(parents=True, exist_ok=True)
    members = [function / str(i) for i in range(count)]
    try:
        for member in members:
            member.mkdir()
        yield function
    finally:
        for member in [*members, function, function.parent, function.parent.parent]:
            _remove(member)


def _remove(folder):
    """Once the last task has left; one that others use stays."""
    try:
        processes.wait_until(lambda: _empty(folder), f"{folder} is empty", seconds=10)
        folder.rmdir()
    except (OSError, AssertionError):
        pass


def _empty(folder):
    return not (folder / "cgroup.procs").read_text(encoding="ascii").strip()


def cpu_seconds(pid):
    """CPU time of all threads of a process, to the nanosecond."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text(encoding="ascii").split()[0])
    return total / 1e9
