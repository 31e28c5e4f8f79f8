# SPDX-License-Identifier: Apache-2.0
"""The cluster manager as the lab starts it, and its gateway's side: JSON lines over a unix socket."""
import json
import socket
import subprocess
import time
from pathlib import Path

from harness import paths, processes

MEMORY = 64 << 20


class ClusterManager:
    """`with ClusterManager(folder) as manager: manager.start("f-1"); manager.expect("ready", "f-1")`."""

    def __init__(self, folder, *options):
        self.dir = Path(folder) / "manager"
        self.socket = self.dir / "sock"
        self.containerd = self.dir / "state" / "containerd"
        self._options = options
        self._process = None
        self._connection = None
        self._lines = None

    def __enter__(self):
        self.dir.mkdir(parents=True, exist_ok=True)
        command = [paths.program("faastax-cluster-manager"), "--listen", self.socket, "--state", self.dir / "state",
                   "--function", paths.program("faastax-function"), *self._options]
        with open(self.dir / "errors", "wb") as errors:
            self._process = subprocess.Popen([str(word) for word in command], stdout=errors, stderr=errors)
        try:
            processes.wait_until(lambda: self._connect(self.socket), "the manager listens", seconds=30)
        except BaseException:
            self.close()
            raise
        return self

    def _connect(self, path):
        if self._process.poll() is not None:
            raise AssertionError("the manager ended: " + self.errors())
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(path))
        except OSError:
            connection.close()
            return False
        self._connection = connection
        self._lines = connection.makefile("r", encoding="utf-8")
        return True

    @property
    def pid(self):
        return self._process.pid

    def errors(self):
        """What the manager has printed."""
        return (self.dir / "errors").read_text(encoding="utf-8", errors="replace")

    def _say(self, **message):
        self._connection.sendall((json.dumps(message) + "\n").encode())

    def start(self, instance, function="f", memory=MEMORY):
        """Asks for an instance."""
        self._say(type="start", namespace="lab", function=function, instance=instance,
                  memory_limit_bytes=memory, cpu_limit_cores=0.0, concurrency=1, policy="sync",
                  decision="d-" + instance)

    def stop(self, instance):
        """Asks for its end."""
        self._say(type="stop", instance=instance)

    def event(self, seconds=30):
        """The next event."""
        self._connection.settimeout(seconds)
        return json.loads(self._lines.readline())

    def expect(self, kind, instance, seconds=30):
        """The next event, which is of this kind and instance."""
        got = self.event(seconds)
        if (got["type"], got["instance"]) != (kind, instance):
            raise AssertionError(f"expected {kind} of {instance}, got {got}; {self.errors()}")
        return got

    def run(self, instance, **what):
        """Starts an instance and waits until it is ready; its address and port."""
        self.start(instance, **what)
        ready = self.expect("ready", instance)
        return ready["address"], ready["port"]

    def remove(self, instance):
        """Stops an instance and waits until it is gone."""
        self.stop(instance)
        return self.expect("gone", instance)

    def kill(self):
        """The manager dies at once, as by a crash."""
        self._process.kill()
        self._process.wait()
        self._connection.close()

    def close(self):
        """Ends the manager as the lab does; its exit status."""
        if self._connection is not None:
            self._connection.close()
        if self._process.poll() is None:
            self._process.terminate()
        return self._process.wait(timeout=60)

    def __exit__(self, *_):
        self.close()


def seconds_of(action):
    """How long it took."""
    begin = time.monotonic()
    action()
    return time.monotonic() - begin
