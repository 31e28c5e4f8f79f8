#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""CPU of sandbox churn: the node's total minus its baseline against what the ledger books to churn."""
from harness import case, oracle, paths
from harness.containerd import Containerd
from harness.stat import CHURN, activity_seconds, component_seconds, stat

QUIET_SECONDS = 4


class Churn:
    """Two windows, one quiet and one with churn, and what the oracle of the node says of both.

    The driver of the churn (a shell) and faastax itself are neither baseline nor churn: what they use beyond
    the quiet window's rate is taken off."""

    def __init__(self, folder, command):
        with oracle.NodeOracle() as node:
            self.quiet = stat(folder, ["sleep", str(QUIET_SECONDS)])
            self.report = stat(folder, command)
        scale = self.report["window"]["seconds"] / self.quiet["window"]["seconds"]
        self.beyond = node.busy_in(self.report) - scale * node.busy_in(self.quiet)
        observed = [component_seconds(report, "faastax", "observe") for report in (self.report, self.quiet)]
        self.beyond -= observed[0] - scale * observed[1]
        self.booked = activity_seconds(self.report, *CHURN)
        self.direct = activity_seconds(self.report, *CHURN, direct_only=True)

    @property
    def error(self):
        """Of the ledger, relative to the oracle."""
        return self.booked / self.beyond - 1

    def __str__(self):
        return (f"node beyond its baseline {self.beyond:.3f} s, booked to churn {self.booked:.3f} s "
                f"({self.error:+.1%}): direct {self.direct:.3f} s, inferred {self.booked - self.direct:.3f} s")


class ChurnTest(case.SystemTest):
    def test_containerd_and_cni(self):
        """Daemons' share is inferred, and with it the ledger has what the node used."""
        count = 100 if paths.full() else 25
        node = self.using(Containerd(self.dir))
        churn = Churn(self.dir, node.ctr_loop(count, "fxchurn"))
        case.say(f"{count} × ctr run --cni: {churn}")
        apportioning = churn.report["cpu"]["apportioning"]
        self.assertEqual("active", apportioning["state"], apportioning)
        inferred = [row for row in churn.report["cpu"]["by_component"] if row["inferred_seconds"] > 0]
        self.assertIn("containerd", {row["component"] for row in inferred})
        for row in inferred:
            self.assertIn(row["activity"], ("create", "teardown"), row)
        # What daemons use all the time stays theirs.
        stays = component_seconds(churn.report, "containerd", "manage")
        expected = apportioning["baseline_cpus"]["containerd"] * churn.report["window"]["seconds"]
        self.assertLessEqual(abs(stays - expected), 0.1 * churn.booked)
        if paths.full():
            self.assertLessEqual(abs(churn.error), 0.05)
        else:  # beside other work a window of seconds proves no more
            self.assertLessEqual(abs(churn.error), 0.15)


if __name__ == "__main__":
    case.main()
