#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The tests' own ground: sandboxes run here, oracles agree with each other, nothing is left behind.

When this fails, look at the node and at tests/harness before looking at faastax."""
import os
import subprocess
import time
import unittest

from harness import case, cgroups, oci, oracle, paths, processes, scale
from harness.containerd import Containerd


class SandboxTools(case.SystemTest):
    def run_loop(self, runtime_name):
        before = cgroups.all_v2()
        runtime = oci.Runtime(runtime_name, self.dir)
        bundle = oci.bundle(self.dir / "bundle", ["/bin/true"])
        processes.run(runtime.loop(bundle, "fxtool", 5))
        self.assertEqual(set(), cgroups.all_v2() - before)

    def test_runc_runs(self):
        self.run_loop("runc")

    def test_crun_runs(self):
        self.run_loop("crun")

    def test_failed_sandbox_is_noticed(self):
        runtime = oci.Runtime("crun", self.dir)
        bundle = oci.bundle(self.dir / "bundle", ["/bin/false"])
        done = subprocess.run(runtime.loop(bundle, "fxtool", 2), capture_output=True, text=True, check=False)
        self.assertEqual((1, "2 sandboxes failed\n"), (done.returncode, done.stderr))

    def test_containerd_runs_with_cni_and_leaves_nothing(self):
        before = cgroups.all_v2()
        with Containerd(self.dir) as node:
            processes.run(node.ctr_loop(2, "fxtool"))
            self.assertIn("fxtest0", processes.run(node.inside("ip", "link")))
            self.assertNotIn("fxtest0", processes.run(["ip", "link"]))
        self.assertEqual(set(), cgroups.all_v2() - before)

    def test_cpu_stat_sees_the_burn(self):
        runtime = oci.Runtime("crun", self.dir)
        bundle = oci.bundle(self.dir / "bundle", ["/bin/burn", "single", "300"], extra=[paths.helper("burn")])
        self.undo.callback(runtime.remove, "fxtool-burn")
        with runtime.start(bundle, "fxtool-burn") as sandbox:
            self.assertEqual(b"done\n", sandbox.stdout.readline())
            folder = cgroups.v2_path_of(runtime.pid_of("fxtool-burn"))
            self.assertAlmostEqual(0.3, cgroups.own_seconds(folder), delta=scale.tolerance(0.02, in_vm=0.3))
            sandbox.communicate(timeout=20)

    def test_oracle_sees_a_burner(self):
        with oracle.NodeOracle() as reader:
            time.sleep(0.05)  # the stamp below is cut to milliseconds: not before the first reading
            start = time.time()
            burned = 0.5
            subprocess.run([paths.helper("burn"), "single", "500"], stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, check=True)
            seconds = time.time() - start
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(start)) + f".{int(start % 1 * 1000):03d}Z"
        busy = reader.busy_in({"window": {"start": stamp, "seconds": seconds}})
        self.assertGreaterEqual(busy, burned * 0.98)
        self.assertLessEqual(busy, seconds * os.cpu_count() * 1.01)


class Interpolation(unittest.TestCase):
    def test_between_and_at_readings(self):
        samples = [(0.0, 10.0), (1.0, 20.0), (2.0, 20.0)]
        self.assertEqual([10.0, 15.0, 20.0], [oracle.interpolate(samples, t) for t in (0.0, 0.5, 1.5)])

    def test_refuses_a_window_it_did_not_see(self):
        with self.assertRaises(AssertionError):
            oracle.interpolate([(0.0, 1.0), (1.0, 2.0)], 1.5)


if __name__ == "__main__":
    case.main()
