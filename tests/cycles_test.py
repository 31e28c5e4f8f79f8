#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Cycles of the node and of an instance, in each way of counting them.

Where there is a PMU, `perf stat -a` and `perf stat --for-each-cgroup` are the oracle. Everywhere a clock also
takes the counters' place, so that the same programs count nanoseconds: the oracle is then the time that is
booked beside them."""
import os
import re
from contextlib import ExitStack

from harness import case, cycles, oci, paths
from harness.stat import window

NODE_TOLERANCE = 0.02
INSTANCE_TOLERANCE = 0.05
# A clock samples by a timer's interrupt, which waits while interrupts are off, and so finds the kernel's short
# stretches less often than a PMU's NMI does. More so the busier the node is beside the test.
CLOCK_SAMPLES_TOLERANCE = 0.1
BURN_MS = 2000
# Of derived cycles: a window's stretch that was read at once, and is long enough to be right to 1%.
LONG_MS = 10
RATE = re.compile(r"cycles: ([0-9.]+) a nanosecond, over ([0-9.]+) ms$")


def booked_seconds(report):
    """Their time."""
    return sum(cell["seconds"] for cell in report["cpu"]["by_activity"].values())


def stolen_share(report):
    """Stolen time is in the clock, and not in what is booked."""
    return report["cpu"]["steal_seconds"] / booked_seconds(report)


def window_rates(log):
    """What the counters gained for each booked nanosecond, one for each window of any length."""
    found = filter(None, map(RATE.search, log))
    return [float(rate) for rate, length in (match.groups() for match in found) if float(length) >= LONG_MS]


class SoftwareCounters(case.SystemTest):
    def measure(self, mode, burn_ms, live=False):
        """One sandbox that burns, from before the window opens where it is `live`: the closed window and its row."""
        name = f"fxcycles-{mode}"
        runtime = oci.Runtime("crun", self.dir)
        bundle = oci.bundle(self.dir / "bundle", ["/bin/burn", "threads", "4", str(burn_ms // 4)],
                            extra=[paths.helper("burn")])
        self.undo.callback(runtime.remove, name)
        opening = window(self.dir, "--instances", environment={"FAASTAX_FAULT_SOFTWARE_CYCLES": mode},
                         log_level="debug")
        with ExitStack() as open_now:
            sandbox = open_now.enter_context(runtime.start(bundle, name)) if live else None
            opened = open_now.enter_context(opening)
            sandbox = sandbox or open_now.enter_context(runtime.start(bundle, name))
            self.assertEqual(b"done\n", sandbox.stdout.readline())
            sandbox.communicate(timeout=60)
        (row,) = [row for row in opened.report["instances_detail"] if row["sandbox"] == name]
        self.assertEqual(mode, opened.report["node"]["cycle_source"])
        return opened, row

    def ratios(self, mode, report, row):
        """Nanoseconds of the clock for each that is booked: the node's and the instance's."""
        node = cycles.busy(report) / 1e9 / booked_seconds(report)
        seconds = sum(row["cpu_seconds"].values())
        instance = row["cycles"] / 1e9 / seconds
        case.say(f"{mode}: node {node:.4f}, instance {instance:.4f} of a clock's nanosecond for each booked one, "
                 f"{report['cpu']['refused_readings']} readings refused")
        return node, instance

    def check(self, mode, burn_ms=BURN_MS, tolerance=INSTANCE_TOLERANCE):
        opened, row = self.measure(mode, burn_ms)
        node, instance = self.ratios(mode, opened.report, row)
        stolen = stolen_share(opened.report)
        self.assertAlmostEqual(1, node, delta=NODE_TOLERANCE + stolen)
        self.assertAlmostEqual(1, instance, delta=tolerance + stolen)
        self.assertAlmostEqual(row["cycles"], row["instructions"], delta=tolerance * row["cycles"])

    def test_exact(self):
        self.check("exact")

    def test_sampled(self):
        """A sample each millisecond: 4,000 for an error of 1 in their root."""
        self.check("sampled", 2 * BURN_MS, CLOCK_SAMPLES_TOLERANCE)

    def test_derived(self):
        """By windows, of which a longer run has more. What is stolen within one stands for all the time until the
        next: cycles are within the windows' rates, and of those the least is that of one which nothing was stolen
        from. Each is of the burning sandbox: it burns from before the first."""
        opened, row = self.measure("derived", 4 * BURN_MS * max(1, min(4, os.cpu_count()) // 2), live=True)
        rates = window_rates(opened.log)
        case.say(f"windows: {rates}")
        self.assertGreaterEqual(len(rates), 2)
        self.assertAlmostEqual(1, min(rates), delta=NODE_TOLERANCE)
        node, instance = self.ratios("derived", opened.report, row)
        for ratio, tolerance in ((node, NODE_TOLERANCE), (instance, INSTANCE_TOLERANCE)):
            self.assertGreater(ratio, min(rates) - tolerance)
            self.assertLess(ratio, max(rates) + tolerance)
        self.assertAlmostEqual(row["cycles"], row["instructions"], delta=INSTANCE_TOLERANCE * row["cycles"])


class Pmu(case.SystemTest):
    def setUp(self):
        super().setUp()
        if not cycles.has_pmu():
            self.skipTest("perf counts no cycles on this machine: no PMU")

    def check(self, found, tolerance):
        case.say(str(found))
        self.assertAlmostEqual(0, found.error, delta=tolerance)

    def test_node(self):
        self.check(cycles.node(self.dir), NODE_TOLERANCE)

    def test_instance(self):
        self.check(cycles.instance(self.dir, "fxcycles-pmu"), INSTANCE_TOLERANCE)


if __name__ == "__main__":
    case.main()
