# SPDX-License-Identifier: Apache-2.0
"""A Debian in a folder with a systemd of its own as its first process, and a network of its own."""
import subprocess
from contextlib import contextmanager
from pathlib import Path

from harness import paths, processes


class Booted:
    """Commands in it."""

    def __init__(self, pid):
        self.pid = pid

    def run(self, *command):
        """Runs it as root inside; fails with its words."""
        return processes.run(["nsenter", "--target", self.pid, "--all", *command])

    def ask(self, url):
        """What a server inside answers; None while it does not."""
        done = subprocess.run(["nsenter", f"--net=/proc/{self.pid}/ns/net", "/usr/bin/python3", "-c",
                               f"import urllib.request as u; print(u.urlopen('{url}', timeout=5).read().decode())"],
                              capture_output=True, text=True, check=False, timeout=20)
        return done.stdout if done.returncode == 0 else None

    def property(self, unit, name):
        """One that systemd shows of a unit."""
        return self.run("systemctl", "show", "--property", name, "--value", unit).strip()

    def status(self, unit):
        """{field: words} of its main process, as /proc inside has it."""
        text = self.run("cat", f"/proc/{self.property(unit, 'MainPID')}/status")
        return dict(line.split(":", 1) for line in text.splitlines())


@contextmanager
def booted(folder):
    """It runs for the block, and is shut down in order after it."""
    # Nothing waits for a network that will not come.
    (Path(folder) / "etc/systemd/system/systemd-networkd-wait-online.service").symlink_to("/dev/null")
    command = [paths.tool("systemd-nspawn"), "--quiet", "--directory", folder, "--boot", "--register=no", "--keep-unit",
               "--private-network", "--console=pipe", "--capability=all", "--system-call-filter=bpf perf_event_open"]
    with processes.child(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL) as nspawn:
        children = Path(f"/proc/{nspawn.pid}/task/{nspawn.pid}/children")
        try:
            yield Booted(processes.wait_until(lambda: nspawn.poll() is None and first_process(children),
                                              "systemd is up", seconds=90, pause=0.5))
        finally:
            processes.stop(nspawn, patience=30)


def first_process(children):
    """The pid of a systemd that has started all that it is to start, or None. The first children of nspawn end before
    it begins: they set up what it finds."""
    for pid in children.read_text("ascii").split():
        done = subprocess.run(["nsenter", "--target", pid, "--all", "systemctl", "is-system-running"],
                              capture_output=True, text=True, check=False, timeout=20)
        if done.stdout.strip() in ("running", "degraded"):
            return pid
    return None
