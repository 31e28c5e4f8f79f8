#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Softirqs and hard interrupts, with the interrupted task and carved out of it: the books balance in both."""
from harness import case, cgroups, oracle, scale, servers
from harness.stat import components, component_seconds, window

REQUESTS = scale.count(4000, in_vm=300)
TOLERANCE = scale.tolerance(0.01, in_vm=0.1)
NODE = scale.tolerance(0.005, in_vm=0.05)  # of wall time


class Interrupts(case.SystemTest):
    def measure(self, name, *options):
        """A sandbox under load on its loopback: its row, what cpu.stat has grown by, and the report."""
        (server,) = self.using(servers.running(self.dir, name, 1))
        folder = cgroups.v2_path_of(server.pid)
        server.connect()
        with oracle.NodeOracle() as node, window(self.dir, "--instances", *options) as opened:
            before = cgroups.own_seconds(folder)
            for _ in range(REQUESTS):
                server.request("/run?ms=0&mb=0")
            expected = cgroups.own_seconds(folder) - before
        (row,) = [row for row in opened.report["instances_detail"] if row["sandbox"] == server.name]
        cpu = opened.report["cpu"]
        residual = cpu["residual_seconds"] / cpu["wall_cpu_seconds"]
        busy = (oracle.tasks_seconds(opened.report) - node.busy_in(opened.report)) / cpu["wall_cpu_seconds"]
        case.say(f"{options}: own {row['own_seconds']:.4f} + carved {row['carved_seconds']:.4f}, "
                 f"cpu.stat {expected:.4f}, residual {residual:+.4%}, tasks of the node {busy:+.4%}")
        self.assertLess(abs(residual), NODE)
        self.assertLess(abs(busy), NODE)
        self.assertAlmostEqual(expected, row["own_seconds"] + row["carved_seconds"],
                               delta=TOLERANCE * expected)
        self.assertEqual({"events": 0, "records": 0}, opened.report["lost"])
        return row, opened.report

    def test_off_they_stay_with_the_interrupted_task(self):
        row, report = self.measure("fxsoft-off")
        self.assertEqual((0, 0), (row["carved_seconds"], report["cpu"]["carved_seconds"]))
        self.assertEqual(set(), {name for name in components(report) if name.startswith("softirq:")})

    def test_on_they_are_components_of_their_own(self):
        row, report = self.measure("fxsoft-on", "--interrupts")
        net_rx = component_seconds(report, "softirq:net_rx", "other")
        case.say(f"softirq:net_rx {net_rx:.4f} s for {REQUESTS} requests")
        # A packet's way through the stack takes microseconds, whose CPU it may be.
        self.assertGreater(net_rx, REQUESTS * 1e-6)
        self.assertGreater(row["carved_seconds"], REQUESTS * 3e-7)
        self.assertGreaterEqual(report["cpu"]["carved_seconds"], row["carved_seconds"])
        self.assertLessEqual(report["cpu"]["carved_seconds"], oracle.interrupts_seconds(report))


if __name__ == "__main__":
    case.main()
