#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""CPUs come and go: wall time counts each while it is there, and the books balance all along."""
import time
import unittest
from pathlib import Path

from harness import case, oracle, paths, processes, scale
from harness.stat import component_seconds, window

CPU = 1
SWITCH = Path(f"/sys/devices/system/cpu/cpu{CPU}/online")
SECONDS = 2
SLACK = 1.2  # a CPU is away somewhere between the write's begin and its end, and is missed at a snapshot


@unittest.skipUnless(scale.emulated(), "takes a CPU from the whole machine: in the virtual machine only")
class CpuHotplug(case.SystemTest):
    def setUp(self):
        super().setUp()
        self.undo.callback(self.switch, True)
        for _ in range(2):  # they take what is left: to load the BPF programs is work enough for an emulated CPU
            self.using(processes.child([paths.tool("nice"), "-n", "19", paths.helper("burn"), "single", "600000"]))

    def switch(self, online):
        """Returns when it was done."""
        if SWITCH.read_text(encoding="ascii").strip() != str(int(online)):
            SWITCH.write_text(str(int(online)), encoding="ascii")
        return time.time()

    def check(self, report, absent, name):
        cpu = report["cpu"]
        expected = 2 * report["window"]["seconds"] - absent
        case.say(f"{name}: wall {cpu['wall_cpu_seconds']:.3f} of {expected:.3f} CPU s expected, "
                 f"busy {cpu['busy_seconds']:.3f}, idle {cpu['idle_seconds']:.3f}, "
                 f"residual {cpu['residual_seconds']:+.4f}")
        self.assertAlmostEqual(expected, cpu["wall_cpu_seconds"], delta=SLACK)
        self.assertLessEqual(abs(cpu["residual_seconds"]), 0.02 * cpu["wall_cpu_seconds"])
        # Two burners leave no CPU idle: an absence that were booked as idle time would show here.
        self.assertLessEqual(cpu["idle_seconds"], 0.1 * cpu["wall_cpu_seconds"])
        self.assertEqual(0, component_seconds(report, "unattributed"))
        self.assertEqual({"events": 0, "records": 0}, report["lost"])

    def test_goes_and_comes_back_twice(self):
        absent = 0
        with window(self.dir) as opened:
            for _ in range(2):
                time.sleep(SECONDS)
                gone = self.switch(False)
                time.sleep(SECONDS)
                absent += self.switch(True) - gone
            time.sleep(SECONDS)
        self.check(opened.report, absent, "away twice")

    def test_comes_after_the_attach(self):
        self.switch(False)
        with window(self.dir) as opened:
            time.sleep(SECONDS)
            came = self.switch(True)
            time.sleep(SECONDS)
        self.check(opened.report, came - oracle.window_of(opened.report)[0], "late")


if __name__ == "__main__":
    case.main()
