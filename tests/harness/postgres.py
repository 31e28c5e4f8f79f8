# SPDX-License-Identifier: Apache-2.0
"""A real PostgreSQL of a test's own: a private port of the loopback, a data folder that goes with it."""
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import unittest
from contextlib import contextmanager, suppress
from pathlib import Path

from harness import agent, processes

# The server does not run as root.
USER = "nobody"


def binaries():
    """The folder of the newest installed server; the test skips without one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise unittest.SkipTest("postgresql is not installed")
    return found[-1].parent


def as_user():
    """Options of a process that runs as USER where the test is root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(USER)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


class Server:
    """May be killed and started again on the same data."""

    def __init__(self, folder):
        self._folder = folder
        self._process = None
        self.port = agent.free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        processes.run([binaries() / "initdb", "-D", folder / "data", "-A", "trust", "-U", "postgres", "-E", "UTF8",
                       "--locale=C", "--no-sync"], cwd=folder, **as_user())

    def start(self, *settings):
        """Returns when it takes connections."""
        command = [binaries() / "postgres", "-D", self._folder / "data", "-p", self.port,
                   "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
        for setting in settings:
            command += ["-c", setting]
        with open(self._folder / "log", "ab") as log:
            self._process = subprocess.Popen([str(part) for part in command], cwd=self._folder, stdout=log, stderr=log,
                                             **as_user())
        processes.wait_until(self._is_ready, "PostgreSQL takes connections", seconds=60, pause=0.05)

    def _is_ready(self):
        if self._process.poll() is not None:
            raise AssertionError("PostgreSQL ended: " + (self._folder / "log").read_text(errors="replace")[-2000:])
        command = [binaries() / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, check=False, timeout=10).returncode == 0

    def kill(self):
        """SIGKILL to the server and all of its processes, as a power cut would end them."""
        everyone = self._signal(signal.SIGKILL)
        self._process.wait()
        # The next one does not start before the last of them has let go of the shared memory.
        processes.wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in everyone),
                             "all of PostgreSQL's processes are gone", pause=0.005)

    def pause(self):
        """It keeps its connections and does not answer."""
        self._signal(signal.SIGSTOP)

    def go_on(self):
        """After pause()."""
        self._signal(signal.SIGCONT)

    def _signal(self, number):
        """To the server, which makes no process any more then, and to each of its processes: they are sessions of
        their own. Their ids."""
        os.kill(self._process.pid, signal.SIGSTOP)
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text(encoding="ascii")
        everyone = [self._process.pid, *map(int, children.split())]
        for pid in everyone:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        return everyone

    def stop(self):
        """An orderly end, which does not wait for its clients."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def query(self, sql):
        """Rows as lines of text, columns divided by "|"."""
        return processes.run([binaries() / "psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql, self.url]).splitlines()


@contextmanager
def server(*settings):
    """A server that was just made and takes connections."""
    folder = Path(tempfile.mkdtemp(prefix="faastax-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, USER)
        made = Server(folder)
        try:
            made.start(*settings)
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
