#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What `./dev kernels` calls passed: a skip that nobody expects is none."""
import tempfile
import unittest
from pathlib import Path

from harness import case
from vm import document, packages, plan, run

BOOKS, ERRORS = plan.named(["books", "errors"])
EXPECTED = "SKIP: Books.test_dropped_slices_are_noticed: noise"
KERNEL = packages.Kernel("6.1", "6.1.0-1", "6.1.1-1", Path("/nowhere"))


class Outcomes(unittest.TestCase):
    def outcome(self, status, said, end=True):
        """Of `books`, which said something; `errors` passed."""
        file = tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="console-")
        self.addCleanup(file.close)
        file.write(f"boot\n=== books\ntest_crun ... ok\n{said}\n=== errors\nok\n")
        file.flush()
        names = {"books": status, "errors": 0} | ({"end": 0} if end else {})
        results = {name: {"name": name, "status": value, "seconds": 1.0} for name, value in names.items()}
        return run.Outcome(KERNEL, results, 9.0, Path(file.name))

    def passed(self, *about, **more):
        return self.outcome(*about, **more).passed([BOOKS, ERRORS])

    def test_all_steps_have_passed(self):
        self.assertTrue(self.passed(0, ""))

    def test_a_failure_and_a_limit(self):
        self.assertFalse(self.passed(1, ""))
        self.assertFalse(self.passed("timeout", ""))

    def test_a_guest_that_stopped_early(self):
        self.assertFalse(self.passed(0, "", end=False))

    def test_only_a_stuck_cpu_is_worth_another_attempt(self):
        panic = "Kernel panic - not syncing: "
        stuck = panic + "softlockup: hung tasks"
        self.assertTrue(self.outcome(0, stuck, end=False).was_stuck())
        self.assertFalse(self.outcome(1, stuck).was_stuck())
        self.assertFalse(self.outcome(0, panic + "Fatal exception", end=False).was_stuck())

    def test_an_expected_skip(self):
        self.assertTrue(self.passed(0, EXPECTED))
        self.assertTrue(self.passed(case.SKIPPED, EXPECTED))

    def test_any_other_skip(self):
        for status in (0, case.SKIPPED):
            self.assertFalse(self.passed(status, EXPECTED + "\nSKIP: Books.test_crun: crun is not installed"))
        self.assertFalse(self.passed(case.SKIPPED, ""))

    def test_the_table_says_what_was_left_out(self):
        text = document.table([self.outcome(0, EXPECTED)], [BOOKS, ERRORS])
        self.assertIn("Left out: `Books.test_dropped_slices_are_noticed`: 2%", text)
        self.assertNotIn("Left out", document.table([self.outcome(0, "")], [BOOKS, ERRORS]))


if __name__ == "__main__":
    case.main()
