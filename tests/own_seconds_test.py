#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""An instance's own_seconds is what its cgroup's cpu.stat says, however its processes came into it and lived there."""
from accuracy import instance, table
from accuracy.line import Verdict
from harness import case, paths


class OwnSeconds(case.SystemTest):
    def check(self, part):
        for line in instance.lines(self.dir, quick=not paths.full(), parts=(part,)):
            case.say(" ".join(table.cells(line)))
            with self.subTest(line.what):
                self.assertIs(Verdict.PASS, line.verdict)

    def test_three_ways_into_the_cgroup(self):
        self.check(instance.entries)

    def test_ways_to_live(self):
        self.check(instance.lives)


if __name__ == "__main__":
    case.main()
