# SPDX-License-Identifier: Apache-2.0
"""What sandboxes' starts and stops cost the node, beside what the ledger books to them.

The oracle is the node's busy time less its baseline, the rate of a quiet window just before. faastax, the loop that
starts the sandboxes and the calling process are left out of both by each process's own CPU clock."""
import os
import subprocess
import time
from dataclasses import dataclass

from harness import oracle
from harness.stat import activity_seconds, window

ACTIVITIES = ("create", "init", "teardown")
QUIET_SECONDS = 4
SETTLE_SECONDS = 1


@dataclass
class Churn:
    """Seconds beyond the baseline by the oracle, and a window's report."""

    expected: float
    report: dict

    @property
    def booked(self):
        """Seconds that the ledger books to churn."""
        return activity_seconds(self.report, *ACTIVITIES)

    @property
    def inferred(self):
        """Of these, what no proof stands behind."""
        return self.booked - activity_seconds(self.report, *ACTIVITIES, direct_only=True)

    @property
    def error(self):
        """Of the ledger, relative to the oracle."""
        return self.booked / self.expected - 1

    def __str__(self):
        return (f"node beyond its baseline {self.expected:.3f} s, booked to churn {self.booked:.3f} s "
                f"({self.error:+.1%}): direct {self.booked - self.inferred:.3f} s, inferred {self.inferred:.3f} s")


def _quiet(folder, node):
    """The report of a window in which nothing of ours runs."""
    with window(folder) as opened:
        node.leave_out(opened.process.pid)
        time.sleep(QUIET_SECONDS)
    return opened.report


def _busy(folder, node, command):
    """The report of a window around the command."""
    with window(folder) as opened:
        node.leave_out(opened.process.pid)
        with subprocess.Popen([str(word) for word in command]) as loop:
            node.leave_out(loop.pid)
            if loop.wait() != 0:
                raise AssertionError(f"{command} ended with {loop.returncode}")
    return opened.report


def measure(folder, command, count):
    """Runs a command that starts and stops `count` sandboxes whose program ends at once."""
    with oracle.NodeOracle() as node:
        node.leave_out(os.getpid())
        time.sleep(SETTLE_SECONDS)
        quiet = _quiet(folder, node)
        report = _busy(folder, node, command)
    started = report["instances"]["started"]
    if started != count or any(report["lost"].values()):
        raise AssertionError(f"{started} sandboxes started, not {count}; lost {report['lost']}")
    rate = node.busy_in(quiet) / quiet["window"]["seconds"]
    return Churn(node.busy_in(report) - rate * report["window"]["seconds"], report)
