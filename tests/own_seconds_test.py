#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""An instance's own_seconds is what its cgroup's cpu.stat says, however its processes came into it."""
import subprocess

from harness import case, cgroups, oci, paths
from harness.stat import window

TOLERANCE = 0.01
BURN_MS = 2000


class OwnSeconds(case.SystemTest):
    def measure(self, arguments, from_outside=None):
        """Runs one sandbox in an open window; returns its row and cpu.stat just before its end."""
        name = "fxown-" + arguments[0]
        runtime = oci.Runtime("crun", self.dir)
        bundle = oci.bundle(self.dir / "bundle", ["/bin/burn", *arguments], extra=[paths.helper("burn")])
        self.undo.callback(runtime.remove, name)
        with window(self.dir, "--instances") as opened:
            with runtime.start(bundle, name) as sandbox:
                self.assertEqual(b"done\n", sandbox.stdout.readline())
                folder = cgroups.v2_path_of(runtime.pid_of(name))
                if from_outside:
                    subprocess.run(from_outside(folder), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   check=True, timeout=60)
                expected = cgroups.own_seconds(folder)
                sandbox.communicate(timeout=30)
                self.assertEqual(0, sandbox.returncode)
        rows = [row for row in opened.report["instances_detail"] if row["sandbox"] == name]
        self.assertEqual(1, len(rows), opened.report["instances_detail"])
        own = rows[0]["own_seconds"]
        case.say(f"{' '.join(arguments)}: own {own:.4f}, cpu.stat {expected:.4f} ({own / expected - 1:+.3%})")
        self.assertGreater(expected, 0.95 * BURN_MS / 1000)
        self.assertAlmostEqual(expected, own, delta=TOLERANCE * expected)

    def test_single(self):
        self.measure(["single", str(BURN_MS)])

    def test_four_threads(self):
        self.measure(["threads", "4", str(BURN_MS // 4)])

    def test_200_short_lived_children(self):
        self.measure(["children", "200", str(BURN_MS // 200)])

    def test_children_born_into_the_cgroup(self):
        """200 children enter by clone3(CLONE_INTO_CGROUP), which has no attach event."""
        self.measure(["single", "1"],
                     lambda folder: [paths.helper("burn"), "into", folder, "200", str(BURN_MS // 200)])


if __name__ == "__main__":
    case.main()
