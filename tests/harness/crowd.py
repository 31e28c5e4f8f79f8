# SPDX-License-Identifier: Apache-2.0
"""Many sandboxes together: a crowd that starts and ends at once, or a stream of so many a second."""
import os
import subprocess
import time
from contextlib import ExitStack, contextmanager

from harness import processes

# Each run is a job of this one shell: the shell's own work between two is a fork.
START_ALL = ('i=1; while [ $i -le "$COUNT" ]; do '
             '"$RUNTIME" --root "$STATE" run --bundle "$BUNDLE" "$NAME-$i" <"$GATE" & i=$((i+1)); done; '
             'echo all; wait')


class Crowd:
    """Runs `count` sandboxes together; each lives until the crowd is dismissed."""

    def __init__(self, writer):
        self.process = None
        self._writer = writer

    def open_gate(self):
        """The sandboxes' programs end, those to come at once."""
        if self._writer is not None:
            os.close(self._writer)
            self._writer = None

    def dismiss(self, seconds=120):
        """All sandboxes' programs end at once; returns when the last is gone."""
        self.open_gate()
        self.process.wait(timeout=seconds)


@contextmanager
def crowd(runtime, bundle, folder, name, count):
    """`count` sandboxes NAME-1 and on, started at once; the bundle's program waits for its input to end."""
    gate = folder / f"{name}-gate"
    os.mkfifo(gate)
    variables = {**os.environ, "COUNT": str(count), "RUNTIME": runtime.path, "STATE": str(runtime.state),
                 "BUNDLE": str(bundle), "NAME": name, "GATE": str(gate)}
    with ExitStack() as undo:
        everyone = Crowd(os.open(gate, os.O_RDWR))
        undo.callback(everyone.open_gate)
        everyone.process = undo.enter_context(processes.child(
            [*runtime.prefix, "sh", "-c", START_ALL], stdout=subprocess.PIPE, env=variables))
        undo.callback(everyone.dismiss)
        if everyone.process.stdout.readline() != b"all\n":
            raise AssertionError("the shell that starts the crowd ended")
        yield everyone


def stream(runtime, bundle, name, count, a_second):
    """Starts one sandbox each 1/a_second s, whether or not those before have ended; returns when all have.
    The result is how many could not be run."""
    children, failed = [], 0
    begun = time.monotonic()
    try:
        for i in range(1, count + 1):
            time.sleep(max(0.0, begun + (i - 1) / a_second - time.monotonic()))
            command = runtime.command("run", "--bundle", bundle, f"{name}-{i}")
            children.append(subprocess.Popen(command, stdin=subprocess.DEVNULL))
            ended = [child for child in children if child.poll() is not None]
            failed += sum(child.returncode != 0 for child in ended)
            children = [child for child in children if child not in ended]
        return failed + sum(child.wait(timeout=60) != 0 for child in children)
    finally:
        for child in children:
            processes.stop(child)
