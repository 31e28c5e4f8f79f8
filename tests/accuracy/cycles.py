# SPDX-License-Identifier: Apache-2.0
"""Cycles against `perf stat`, in whichever way this machine's counters are used. A machine without a PMU has none."""
import subprocess

from accuracy.line import Line
from harness import paths

NODE, INSTANCE = ("node", "`perf stat -a`", 0.02), ("instance", "`perf stat --for-each-cgroup`", 0.05)


def has_pmu():
    """True when perf can count cycles here."""
    done = subprocess.run([paths.tool("perf"), "stat", "-a", "-x,", "-e", "cycles", "true"], capture_output=True,
                          text=True, check=False, timeout=30)
    return done.returncode == 0 and "<not" not in done.stderr


def lines(_folder, _quick):
    """All lines of the group."""
    for what, oracle, limit in (NODE, INSTANCE):
        yield Line("cycles", what, oracle, limit, reason="no PMU on this machine")
