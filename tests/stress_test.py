#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Many sandboxes at once and for long, and tables that are far too small: nothing is lost in silence."""
import operator
import time

from harness import agent, case, crowd, oci, paths, processes
from harness.stat import component_seconds, window

MEBIBYTE = 1 << 20
MOST_RESIDENT = 50 * MEBIBYTE
RESIDUAL = 0.005
RARE = 8

EDGES, LOST = "faastax_agent_edges_total", "faastax_agent_lost_total"
STARTS, ENDS = "faastax_instance_starts_total", "faastax_instance_ends_total"
PROGRAM = "fxstress"


def script(folder):
    """A program whose name says that it is this test's: a function's name is its first program's."""
    path = folder / PROGRAM
    path.write_text('#!/bin/sh\n[ "$1" != wait ] || exec cat\n', encoding="ascii")
    path.chmod(0o755)
    return path


class StressTest(case.SystemTest):
    def setUp(self):
        super().setUp()
        self.runtime = oci.Runtime("crun", self.dir)

    def bundle(self, name, *arguments):
        return oci.bundle(self.dir / name, [f"/bin/{PROGRAM}", *arguments], extra=[script(self.dir)])

    def crowd(self, name, count):
        return crowd.crowd(self.runtime, self.bundle(f"{name}-bundle", "wait"), self.dir, name, count)

    def counted(self, running, starts, ends):
        """Waits until an agent counts so many starts and ends of ours."""
        def seen():
            samples = running.samples()
            return (agent.total(samples, STARTS, function=PROGRAM),
                    agent.total(samples, ENDS, function=PROGRAM)) == (starts, ends)

        processes.wait_until(seen, f"{starts} starts and {ends} ends are counted", seconds=90, pause=0.5)


class Stress(StressTest):
    def test_500_at_once(self):
        count = 500
        running = self.using(agent.running(self.dir))
        with window(self.dir, "--instances") as measured:
            with self.crowd("fxcrowd", count) as everyone:
                self.counted(running, count, 0)
                self.assertEqual(count, agent.total(running.samples(), "faastax_instances", function=PROGRAM))
                everyone.dismiss()
            self.counted(running, count, count)
            resident = [processes.resident_bytes(pid) for pid in (running.process.pid, measured.process.pid)]
        case.say(f"resident: agent {resident[0] / MEBIBYTE:.1f} MiB, stat {resident[1] / MEBIBYTE:.1f} MiB")
        self.assertLess(max(resident), MOST_RESIDENT)
        self.assertEqual(0, agent.total(running.samples(), LOST))
        report = measured.report
        self.assertEqual({"events": 0, "records": 0}, report["lost"])
        self.assertEqual(0, component_seconds(report, "unattributed"))
        mine = [row for row in report["instances_detail"] if row["sandbox"].startswith("fxcrowd-")]
        self.assertEqual({f"fxcrowd-{i}" for i in range(1, count + 1)}, {row["sandbox"] for row in mine})
        self.assertEqual(count, len(mine))
        self.assertEqual({"exit:0"}, {row["ended"] for row in mine})

    def test_20_a_second(self):
        seconds, a_second = (300 if paths.full() else 8), 20
        running = self.using(agent.running(self.dir))
        bundle = self.bundle("stream")
        self.assertEqual(0, crowd.stream(self.runtime, bundle, "fxearly", 5 * a_second, a_second))
        early = processes.resident_bytes(running.process.pid)
        count = seconds * a_second
        begun = time.monotonic()
        self.assertEqual(0, crowd.stream(self.runtime, bundle, "fxstream", count, a_second))
        taken = time.monotonic() - begun
        self.counted(running, count + 5 * a_second, count + 5 * a_second)
        late = processes.resident_bytes(running.process.pid)
        case.say(f"{count} in {taken:.1f} s; resident {early / MEBIBYTE:.2f}, then {late / MEBIBYTE:.2f} MiB")
        self.assertLess(taken, 1.1 * seconds + 2, "the node was too slow for the rate")
        self.assertLess(late - early, 2 * MEBIBYTE)
        self.assertEqual(0, agent.total(running.samples(), LOST))


class Overflow(StressTest):
    """Two agents see the same: one with its defaults, which loses nothing, counts what the small one must."""

    def pair(self, small):
        agents = (self.using(agent.running(self.dir, f"bpf: {{{small}}}\n")),
                  self.using(agent.running(self.dir)))
        for one in agents:
            one.samples()  # a scraper's first sight of a counter is 0
        return agents

    def test_edges_seen_and_lost_are_all_edges(self):
        small, large = self.pair("ring_size: 4KiB")

        def ahead():
            """How many edges more the small one knows of than the large one has seen."""
            other, mine = large.samples(), small.samples()
            return agent.total(mine, EDGES) + agent.total(mine, LOST, kind="ring") - agent.total(other, EDGES)

        # An account of a kernel work function begins when an agent first sees it. The crowd that warms up
        # brings most; the few that come later are RARE.
        def come_and_go(name, count, all_so_far):
            with self.crowd(name, count) as everyone:
                processes.wait_until(lambda: agent.total(large.samples(), "faastax_instances",
                                                         function=PROGRAM) == count, "all run", seconds=60)
                everyone.dismiss()
            self.counted(large, all_so_far, all_so_far)

        come_and_go("fxwarm", 20, all_so_far=20)
        before = band(ahead)
        come_and_go("fxring", 100, all_so_far=120)
        after = band(ahead)
        lost = agent.total(small.samples(), LOST, kind="ring")
        case.say(f"lost {lost:.0f} edges of {agent.total(large.samples(), EDGES):.0f}; seen and lost less all: "
                 f"{before} before, {after} after")
        self.assertGreater(lost, 100)
        self.assertEqual(0, agent.total(large.samples(), LOST))
        self.assertLessEqual(max(before[0], after[0]), min(before[1], after[1]) + RARE)

    def test_cgroups_without_an_entry_are_counted(self):
        """Every cgroup of ours is known or counted as lost; what is counted beyond was made by others, whose
        starts the large agent has seen. With nobody else on the node that is an equation."""
        count = 100
        small, large = self.pair("cgroups: 16")

        def others():
            samples = large.samples()
            return agent.total(samples, STARTS) - agent.total(samples, STARTS, function=PROGRAM)

        def lost():
            return agent.total(small.samples(), LOST, kind="cgroup")

        others_before = others()  # in this order, so that no loss of others is without its start
        lost_before = lost()
        with self.crowd("fxroom", count) as everyone:
            self.counted(large, count, 0)
            everyone.dismiss()
        self.counted(large, count, count)
        processes.wait_until(lambda: agent.total(small.samples(), ENDS, function=PROGRAM)
                             == agent.total(small.samples(), STARTS, function=PROGRAM), "what is known has ended")
        known = agent.total(small.samples(), STARTS, function=PROGRAM)
        all_lost = lost() - lost_before
        time.sleep(2)  # others' cgroups that were made are entered, and counted as starts
        most = others() - others_before
        case.say(f"{known:.0f} instances known, {all_lost:.0f} cgroups lost, {most:.0f} starts of others meanwhile")
        self.assertGreater(all_lost, 80)
        self.assertGreaterEqual(known + all_lost, count)
        self.assertLessEqual(known + all_lost, count + most)

    def test_everything_at_its_smallest_still_balances(self):
        """By themselves, and as well as the large agent's books."""
        small, large = self.pair("ring_size: 4KiB, accounts: 64, cgroups: 16, work_functions: 16")

        def residuals():
            return [agent.total(one.samples(), "faastax_residual_cpu_seconds") for one in (small, large)]

        before, begun = residuals(), time.monotonic()
        with self.crowd("fxsmall", 100) as everyone:
            time.sleep(8)
            everyone.dismiss()
        time.sleep(3)
        (residual, of_large), wall = map(operator.sub, residuals(), before), time.monotonic() - begun
        after = small.samples()
        lost = {kind: agent.total(after, LOST, kind=kind) for kind in ("ring", "account", "cgroup", "map")}
        unattributed = agent.total(after, "faastax_component_cpu_seconds_total", component="unattributed")
        case.say(f"lost {lost}, unattributed {unattributed:.2f} s, residual {residual:+.4f} of {wall:.1f} s, "
                 f"of the large one {of_large:+.4f}")
        self.assertGreater(min(lost["ring"], lost["account"], lost["cgroup"]), 0)
        self.assertGreater(unattributed, 0)
        self.assertEqual(0, agent.total(large.samples(), LOST))
        self.assertLess(abs(residual - of_large), RESIDUAL * wall)
        self.assertLess(abs(residual), RESIDUAL * wall)


def band(reading, count=6):
    """(least, most) of some readings, each of another snapshot. On a quiet node both are the same; where
    others fork meanwhile, what they do between the two agents' snapshots is in it."""
    values = []
    for _ in range(count):
        time.sleep(0.7)
        values.append(reading())
    return min(values), max(values)


if __name__ == "__main__":
    case.main()
