#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What churn costs is booked to churn with proof, and what others cost is not."""
from harness import case, unrelated
from harness.containerd import Containerd
from harness.stat import CHURN, activity_seconds, components, stat

EXPECTED_COMPONENTS = {"runc", "containerd-shim", "iptables", "ctr", "containerd", "cni:bridge",
                       "cni:firewall", "cni:portmap", "cni:tuning", "cni:host-local", "kworker:cleanup_net"}


class Attribution(case.SystemTest):
    def setUp(self):
        super().setUp()
        self.node = self.using(Containerd(self.dir))

    def test_most_of_the_cost_is_proven(self):
        quiet = stat(self.dir, ["sleep", "5"])
        report = stat(self.dir, self.node.ctr_loop(60, "fxattr"))
        baseline = quiet["cpu"]["busy_seconds"] / quiet["window"]["seconds"] * report["window"]["seconds"]
        beyond = report["cpu"]["busy_seconds"] - baseline
        proven = activity_seconds(report, *CHURN, direct_only=True)
        case.say(f"busy {report['cpu']['busy_seconds']:.2f} s, baseline {baseline:.2f} s, "
                 f"proven {proven:.2f} s: {proven / beyond:.1%}")
        self.assertGreaterEqual(proven, 0.75 * beyond, report["cpu"])
        self.assertEqual(set(), EXPECTED_COMPONENTS - components(report))

    def test_unrelated_load_is_not_booked_to_sandboxes(self):
        found = unrelated.measure(self.dir, "fxnoise", self.node.ctr_loop(20, "fxnoise"))
        case.say(f"unrelated: {found.used:.3f} s by cpu.stat, {found.booked:.3f} s booked, "
                 f"{found.leaked:.4f} s of it to churn")
        self.assertGreater(found.used, 2.0)
        self.assertAlmostEqual(found.used, found.booked, delta=0.02 * found.used)
        self.assertLessEqual(abs(found.leaked), 0.01 * found.booked)


if __name__ == "__main__":
    case.main()
