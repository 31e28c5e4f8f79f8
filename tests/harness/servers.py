# SPDX-License-Identifier: Apache-2.0
"""Sandboxes that serve HTTP: the lab's function program under crun."""
from contextlib import contextmanager

from harness import http_client, netns, oci, paths, processes

PORT = 8080


class Server:
    """One live sandbox and one kept-alive connection into it."""

    def __init__(self, name, pid):
        self.name = name
        self.pid = pid
        self.connection = None

    def connect(self):
        """Opens the connection."""
        self.connection = netns.connect(self.pid, PORT)

    def request(self, path="/run?ms=1&mb=1", **options):
        """One request on it; fails unless the answer is 200."""
        status, body = http_client.request(self.connection, path, **options)
        if status != 200:
            raise AssertionError(f"{self.name} answered {status}: {body!r}")
        return body

    def close(self):
        """Closes the connection."""
        if self.connection:
            self.connection.close()


@contextmanager
def running(folder, prefix, count, arguments=("/bin/faastax-function",), environment=()):
    """`count` sandboxes, each listening; they are removed at the end."""
    runtime = oci.Runtime("crun", folder)
    function = paths.program("faastax-function")
    bundle = oci.bundle(folder / f"{prefix}-bundle", arguments, extra=[function], environment=environment)
    servers, children = [], []
    try:
        for i in range(1, count + 1):
            name = f"{prefix}-{i}"
            children.append((name, runtime.start(bundle, name)))
            pid = processes.wait_until(lambda name=name: runtime.pid_of(name), f"{name} runs")
            servers.append(Server(name, pid))
            processes.wait_until(lambda pid=pid: netns.listens(pid, PORT), f"{name} listens")
        yield servers
    finally:
        for server in servers:
            server.close()
        for name, process in children:
            runtime.remove(name)
            process.stdin.close()
            process.stdout.close()
            process.wait(timeout=20)
