#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""CPU of sandbox churn: the node's total minus its baseline against what the ledger books to churn."""
from harness import case, churn, paths
from harness.containerd import Containerd
from harness.stat import component_seconds


class ChurnTest(case.SystemTest):
    def test_containerd_and_cni(self):
        """Daemons' share is inferred, and with it the ledger has what the node used."""
        count = 100 if paths.full() else 25
        node = self.using(Containerd(self.dir))
        found = churn.measure(self.dir, node.ctr_loop(count, "fxchurn"), count)
        case.say(f"{count} × ctr run --cni: {found}")
        apportioning = found.report["cpu"]["apportioning"]
        self.assertEqual("active", apportioning["state"], apportioning)
        inferred = [row for row in found.report["cpu"]["by_component"] if row["inferred_seconds"] > 0]
        self.assertIn("containerd", {row["component"] for row in inferred})
        for row in inferred:
            self.assertIn(row["activity"], ("create", "teardown"), row)
        # What daemons use all the time stays theirs.
        stays = component_seconds(found.report, "containerd", "manage")
        expected = apportioning["baseline_cpus"]["containerd"] * found.report["window"]["seconds"]
        self.assertLessEqual(abs(stays - expected), 0.1 * found.booked)
        if paths.full():
            self.assertLessEqual(abs(found.error), 0.05)
        else:  # beside other work a window of seconds proves no more
            self.assertLessEqual(abs(found.error), 0.15)


if __name__ == "__main__":
    case.main()
