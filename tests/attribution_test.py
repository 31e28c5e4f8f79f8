#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What churn costs is booked to churn with proof, and what others cost is not."""
from harness import case, cgroups, paths, recording
from harness.containerd import Containerd
from harness.stat import CHURN, activity_seconds, components, stat

EXPECTED_COMPONENTS = {"runc", "containerd-shim", "iptables", "ctr", "containerd", "cni:bridge",
                       "cni:firewall", "cni:portmap", "cni:tuning", "cni:host-local", "kworker:cleanup_net"}

# Runs the noise (the first four words) beside the rest, which is a command.
BESIDE = 'sh -c "$0" noise "$1" "$2" "$3" & shift 3; "$@"; status=$?; wait; exit $status'

# Enters a cgroup of its own, so that the kernel counts its time apart.
NOISE = """echo $$ > "$1/cgroup.procs"
i=0; while [ $i -lt 100 ]; do "$2" -L > /dev/null; i=$((i+1)); done
"$3" single 2000 < /dev/null > /dev/null
"""


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
        """The run is recorded and booked twice: as it was, and with the unrelated processes' time taken out.
        The difference, activity by activity, is exactly what was booked of theirs."""
        group = self.using(cgroups.v2_group("fxnoise"))
        whole, rest = self.dir / "whole.jsonl", self.dir / "rest.jsonl"
        beside = ["sh", "-c", BESIDE, NOISE, group, paths.tool("iptables"), paths.helper("burn"),
                  *self.node.ctr_loop(20, "fxnoise")]
        recording.record(whole, [str(word) for word in beside])
        recording.without_time_of(whole, rest, group.stat().st_ino)
        full, without = recording.report(whole), recording.report(rest)
        used = cgroups.own_seconds(group)
        booked = full["cpu"]["busy_seconds"] - without["cpu"]["busy_seconds"]
        leaked = activity_seconds(full, *CHURN) - activity_seconds(without, *CHURN)
        case.say(f"unrelated: {used:.3f} s by cpu.stat, {booked:.3f} s booked, {leaked:.4f} s of it to churn")
        self.assertGreater(used, 2.0)
        self.assertAlmostEqual(used, booked, delta=0.02 * used)
        self.assertLessEqual(abs(leaked), 0.01 * booked)


if __name__ == "__main__":
    case.main()
