# SPDX-License-Identifier: Apache-2.0
"""Byte-seconds of a sandbox by an oracle that is not ours: a poll of its memory cgroup."""
import json
import os
import random
import signal
import socket
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from harness import cgroups, oci, paths, scale
from harness.stat import window

STATES = ("starting", "idle", "busy", "stopping")
POLL_SECONDS = 0.004  # on average: a fixed period would meet that of what it looks at
LATE_SECONDS = 3 * POLL_SECONDS
NEAR_SECONDS = 0.1
# A poll that knows its own sum less exactly is no oracle; emulated CPUs have no better one.
DOUBT = scale.tolerance(0.01, in_vm=1)
ATTEMPTS = 4
MEBIBYTE = 1 << 20

# What the helper `hold` does.
PATTERNS = {
    "step": ("step", 64, 2000),
    "ramp": ("ramp", 128, 2000),
    "sawtooth20": ("sawtooth", 48, 23, 40),
    "sawtooth100": ("sawtooth", 48, 105, 10),
    "children": ("children", 32, 61, 30),
    "cache": ("cache", 64, 1500, "/tmp/file"),
    "spin": ("spin", 64, 83, 24),
    "spin once": ("spin", 64, 400, 1),
}
SPINNING = ("spin", "spin once")  # each needs a CPU of its own
STAGGER_SECONDS = 0.1


def _folders(name):
    """Where the memory cgroup of a sandbox `name` may appear: below ours, or below the root."""
    root = cgroups.v1_root("memory")
    with open("/proc/self/cgroup", encoding="utf-8") as table:
        lines = [line.rstrip("\n").split(":", 2) for line in table]
    ours = next((path for _, controllers, path in lines
                 if ("memory" in controllers.split(",") if root else controllers == "")), "/")
    root = root or cgroups.v2_root()
    return [Path(f"{root}{ours}") / name, root / name]


class Poll(threading.Thread):
    """Reads a memory cgroup's charge every 4 ms or so from its making to its end."""

    def __init__(self, name):
        super().__init__(daemon=True)
        self.folders = _folders(name)
        self.samples = []  # (CLOCK_MONOTONIC in s, bytes)
        self.peak = 0
        self.stopped = threading.Event()
        self.start()

    def run(self):
        v1 = cgroups.v1_root("memory") is not None
        names = ("memory.usage_in_bytes", "memory.max_usage_in_bytes") if v1 else ("memory.current", "memory.peak")
        while not self.stopped.is_set():
            folder = next((folder for folder in self.folders if folder.exists()), None)
            try:
                if folder:
                    with ExitStack() as files:
                        self._read(*(files.enter_context(open(folder / name, "rb", buffering=0)).fileno()
                                     for name in names))
                    return
            except FileNotFoundError:  # memory.peak, before Linux 5.19
                names = (names[0], names[0])
            time.sleep(0.001)

    def _read(self, current, peak):
        due = time.monotonic()
        try:
            while not self.stopped.is_set():
                charged = int(os.pread(current, 32, 0))
                self.samples.append((time.monotonic(), charged))
                self.peak = max(self.peak, charged, int(os.pread(peak, 32, 0)))
                due = max(due + random.uniform(0.5, 1.5) * POLL_SECONDS, time.monotonic())
                time.sleep(max(0, due - time.monotonic()))
        except OSError:
            self.samples.append((time.monotonic(), 0))

    def end(self):
        """To be called once the sandbox is gone."""
        self.stopped.set()
        self.join(10)

    def byte_seconds(self, changes=()):
        """By state, as `changes` [(time, state)] tell; without them all is `starting`."""
        total = dict.fromkeys(STATES, 0.0)
        for (since, charged), (until, later) in zip(self.samples, self.samples[1:]):
            middle = (since + until) / 2
            state = next((state for at, state in reversed(changes) if at <= middle), "starting")
            total[state] += (charged + later) / 2 * (until - since)
        return total


    def doubt(self):
        """The share of its sum that the poll may have missed while it was kept from a CPU: half of how far the charge
        went up and down around each of these gaps."""
        missed = 0
        for (since, _), (until, _) in zip(self.samples, self.samples[1:]):
            if until - since > LATE_SECONDS:
                near = [charged for at, charged in self.samples if since - NEAR_SECONDS <= at <= until + NEAR_SECONDS]
                missed += (until - since) * (max(near) - min(near)) / 2
        return missed / max(1, sum(self.byte_seconds().values()))


class Held:
    """One sandbox that holds memory by a pattern of the helper `hold`, and the poll beside it."""

    def __init__(self, folder, runtime, name, pattern, limit=0):
        self.name = name
        self.runtime = runtime
        self.folder = Path(folder) / name
        self.changes = []
        self._bundle(pattern, limit)
        self.poll = Poll(name)
        self.sandbox = runtime.start(self.folder, name)

    def _bundle(self, pattern, limit):
        oci.bundle(self.folder, ["/bin/hold", *map(str, pattern)], extra=[paths.helper("hold")])
        (self.folder / "data").mkdir()
        path = self.folder / "config.json"
        config = json.loads(path.read_text(encoding="utf-8"))
        config["mounts"].append({"destination": "/tmp", "type": "bind", "source": str(self.folder / "data"),
                                 "options": ["bind", "rw"]})
        spaces = config["linux"]["namespaces"]
        config["linux"]["namespaces"] = [space for space in spaces if space["type"] != "network"]
        if limit:
            config["linux"]["resources"] = {"memory": {"limit": limit}}
        path.write_text(json.dumps(config), encoding="utf-8")

    def request(self, port):
        """One request to `hold serve`."""
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: hold\r\n\r\n")
            while connection.recv(4096):
                pass

    def wait_for(self, state):
        """Reads what the helper says until it says `state`."""
        for line in self.sandbox.stdout:
            word, at = line.split()
            self.changes.append((int(at) / 1e9, word.decode()))
            if word.decode() == state:
                return
        raise AssertionError(f"{self.name} ended before it was {state}")

    def terminate(self):
        """SIGTERM to the sandbox's own process."""
        os.kill(self.runtime.pid_of(self.name), signal.SIGTERM)

    def finish(self):
        """Waits for its end."""
        output, _ = self.sandbox.communicate(timeout=60)
        for line in output.splitlines():
            word, at = line.split()
            self.changes.append((int(at) / 1e9, word.decode()))
        self.runtime.remove(self.name)
        self.poll.end()
        if self.sandbox.returncode != 0:
            raise AssertionError(f"{self.name} ended with {self.sandbox.returncode}")

    def compare(self, report):
        """(oracle, seen) byte-seconds by state, and (oracle, seen) peak bytes."""
        rows = [row for row in report["instances_detail"] if row["sandbox"] == self.name]
        if len(rows) != 1:
            raise AssertionError(f"{len(rows)} rows of {self.name}")
        return ((self.poll.byte_seconds(self.changes), rows[0]["memory_byte_seconds"]),
                (self.poll.peak, rows[0]["memory_peak_bytes"]))


def run(folder, runtime, names):
    """Sandboxes of these patterns beside each other; {pattern: (oracle, seen) as `Held.compare` gives them}. Where the
    machine kept the poll from its CPU for too long, that pattern runs again."""
    found = {}
    for attempt in range(ATTEMPTS):
        waiting = [name for name in names if name not in found]
        held, report = _run_once(Path(tempfile.mkdtemp(prefix="memory-", dir=folder)), runtime, waiting)
        for name, one in held.items():
            if one.poll.doubt() <= DOUBT or attempt + 1 == ATTEMPTS:
                found[name] = one.compare(report)
            else:
                print(f"{name}: the poll was kept from its CPU, {one.poll.doubt():.1%} in doubt: again")
        if len(found) == len(names):
            break
    return found


def _run_once(folder, runtime, names):
    held = {}
    try:
        with window(folder, "--instances") as opened:
            for name in names:
                held[name] = Held(folder, runtime, f"fxmem-{runtime.name}-{name.replace(' ', '-')}", PATTERNS[name])
                time.sleep(STAGGER_SECONDS)
            for one in held.values():
                one.finish()
    finally:
        for one in held.values():
            runtime.remove(one.name)
    return held, opened.report
