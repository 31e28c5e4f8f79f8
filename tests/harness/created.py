# SPDX-License-Identifier: Apache-2.0
"""Sandboxes made by the runtime's `create` and `delete`: between them the cgroup outlives its processes, so that
its final cpu.stat can be read."""
import time
from contextlib import contextmanager

from harness import cgroups, processes

SETTLE_SECONDS = 0.002


class Created:
    """A sandbox whose program is tests/helpers/burn.c: it says "done" and ends when its stdin closes."""

    def __init__(self, runtime, bundle, name):
        self._runtime = runtime
        self.name = name
        pid_file = runtime.folder / f"{name}.pid"
        self._process = runtime.create(bundle, name, pid_file)
        if self._process.wait(timeout=30) != 0:
            raise AssertionError(f"{name} was not created")
        self.pid = int(pid_file.read_text(encoding="ascii"))
        pid_file.unlink()
        self.folder = cgroups.v2_path_of(self.pid)

    def start(self):
        """Runs the program."""
        processes.run(self._runtime.command("start", self.name))

    def finish(self):
        """Waits for the program's end; CPU seconds of the cgroup, to the last of its processes."""
        if self._process.stdout.readline() != b"done\n":
            raise AssertionError(f"{self.name} did not run to its end")
        self._process.stdin.close()
        processes.wait_until(self._is_empty, f"{self.name} ends", pause=0.002)
        return self._final_seconds()

    def _is_empty(self):
        return "populated 0" in (self.folder / "cgroup.events").read_text(encoding="ascii")

    def _final_seconds(self):
        """The last process leaves the cgroup a little before it is off its CPU."""
        before = None
        while before != (now := cgroups.own_seconds(self.folder)):
            before = now
            time.sleep(SETTLE_SECONDS)
        return now

    def remove(self):
        """Removes it, whatever its state."""
        self._runtime.remove(self.name)
        for pipe in (self._process.stdin, self._process.stdout):
            pipe.close()


@contextmanager
def created(runtime, bundle, name):
    """A created sandbox, removed at the end of the block."""
    sandbox = Created(runtime, bundle, name)
    try:
        yield sandbox
    finally:
        sandbox.remove()
