# SPDX-License-Identifier: Apache-2.0
"""CPU time of the whole node from sources that faastax does not use.

On a hybrid node the v1 root's cpuacct.usage, elsewhere the running time in /proc/schedstat: both are the
scheduler's own exact nanoseconds, without idle and without stolen time.

The report's window begins after faastax has loaded its programs and ends when the last sandbox is gone, so
readings around the command would measure another stretch of time. A thread therefore reads the oracle every
few milliseconds together with the wall clock, and the figure at the window's two ends (`window.start` and
`window.seconds` of the report) is interpolated between the two readings around each.
"""
import threading
import time
import unittest
from bisect import bisect_left
from datetime import datetime
from pathlib import Path

from harness import cgroups

PERIOD_SECONDS = 0.01


def _cpuacct(path):
    return int(path.read_text(encoding="ascii")) / 1e9


def _schedstat(path):
    total = 0
    for line in path.read_text(encoding="ascii").splitlines():
        fields = line.split()
        if fields[0].startswith("cpu"):
            total += int(fields[7])
    return total / 1e9


def node_busy_reader():
    """A function that returns the node's busy CPU seconds since boot."""
    root = cgroups.v1_root("cpuacct")
    if root is not None:
        return lambda: _cpuacct(root / "cpuacct.usage")
    path = Path("/proc/schedstat")
    if path.exists():
        return lambda: _schedstat(path)
    raise unittest.SkipTest("neither cpuacct nor /proc/schedstat: no oracle for the node's busy time")


def interpolate(samples, when):
    """Value at `when` between [(time, value)…] in order; the ends must enclose it."""
    if not samples or not samples[0][0] <= when <= samples[-1][0]:
        raise AssertionError("the window reaches beyond the oracle's readings")
    at = max(1, bisect_left(samples, (when,)))
    (t0, v0), (t1, v1) = samples[at - 1], samples[at]
    return v0 if t1 == t0 else v0 + (v1 - v0) * (when - t0) / (t1 - t0)


def window_of(report):
    """Start and end of a report's window, seconds of the wall clock."""
    start = datetime.fromisoformat(report["window"]["start"].replace("Z", "+00:00")).timestamp()
    return start, start + report["window"]["seconds"]


def interrupts_seconds(report):
    """What interrupts used, where they are owners of their own."""
    return sum(row["seconds"] for row in report["cpu"]["by_component"]
               if row["component"] == "irq" or row["component"].startswith("softirq:"))


def tasks_seconds(report):
    """Busy seconds as the scheduler counts them. It has interrupts with the task that they interrupt; those of idle
    CPUs, which are busy time where interrupts are apart, it has nowhere."""
    cpu = report["cpu"]
    return cpu["busy_seconds"] - (interrupts_seconds(report) - cpu["carved_seconds"])


class ProcessClock:
    """CPU seconds of all threads of a process since this was made, by the kernel's clock of that process; once it
    has ended, as of the last reading."""

    def __init__(self, pid):
        self._clock = (~pid << 3) | 2  # the clock's id: see clock_getcpuclockid(3)
        self._began = time.clock_gettime(self._clock)
        self._last = 0

    def seconds(self):
        """Until now."""
        try:
            self._last = time.clock_gettime(self._clock) - self._began
        except OSError:
            pass
        return self._last


class NodeOracle:
    """Reads the node's busy time beside a run: `with NodeOracle() as oracle: …; oracle.busy_in(report)`."""

    def __init__(self):
        self._read = node_busy_reader()
        self._left_out = []
        self._samples = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, daemon=True)

    def leave_out(self, pid):
        """From now on a process's own CPU time, without that of its children, is not counted."""
        self._left_out.append(ProcessClock(pid))

    def _sample(self):
        before = time.time()
        value = self._read() - sum(clock.seconds() for clock in self._left_out)
        self._samples.append(((before + time.time()) / 2, value))

    def _loop(self):
        while not self._stop.wait(PERIOD_SECONDS):
            self._sample()

    def __enter__(self):
        self._sample()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        self._sample()

    def busy_in(self, report):
        """Busy CPU seconds in the report's window, by the oracle."""
        start, end = window_of(report)
        return interpolate(self._samples, end) - interpolate(self._samples, start)
