#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The table of docs/accuracy.md says of each line what its errors say."""
import math
import unittest

from accuracy import table
from accuracy.line import Line, Verdict
from harness import case


def line(**changes):
    return Line(**{"group": "g", "what": "w", "oracle": "o", "limit": 0.01, **changes})


class Verdicts(unittest.TestCase):
    def test_the_worst_decides(self):
        self.assertEqual(Verdict.PASS, line(errors=[0.01, -0.01, 0]).verdict)
        self.assertEqual(Verdict.FAIL, line(errors=[0, 0, -0.011]).verdict)

    def test_or_the_mean_where_it_says_so(self):
        self.assertEqual(Verdict.PASS, line(errors=[0.03, -0.03], by_mean=True).verdict)
        self.assertEqual(Verdict.FAIL, line(errors=[0.03, 0.03], by_mean=True).verdict)

    def test_counts_are_exact(self):
        self.assertEqual(Verdict.PASS, line(errors=[0, 0], exact=True, limit=0).verdict)
        self.assertEqual(Verdict.FAIL, line(errors=[0, 1], exact=True, limit=0).verdict)

    def test_what_was_not_measured_passes_nothing(self):
        self.assertEqual(Verdict.NONE, line(reason="no PMU").verdict)
        self.assertEqual(Verdict.FAIL, line(broken=True, reason="it ended").verdict)
        self.assertEqual(Verdict.FAIL, line(errors=[math.nan]).verdict)


class Tables(unittest.TestCase):
    def test_a_line(self):
        row = table.cells(line(errors=[0.001, -0.003], of="wall × CPUs"))
        self.assertEqual(["w (of wall × CPUs)", "o", "-0.100%", "-0.300%", "0.283%", "2", "1.0%", "pass"], row)

    def test_a_count(self):
        row = table.cells(line(errors=[0], exact=True, limit=0, count=10000))
        self.assertEqual(["w", "o", "+0", "+0", "–", "10,000", "exact", "pass"], row)

    def test_no_errors(self):
        row = table.cells(line(reason="no PMU on this machine: none"))
        self.assertEqual(["w", "o", "–", "–", "–", "0", "1.0%", "none: no PMU on this machine: none"], row)

    def test_a_document(self):
        text = table.document("2026-01-01", [("machine", "2 × m")], [("node", "How.", [line(errors=[0.001])])])
        self.assertIn("on 2026-01-01", text)
        self.assertIn("- machine: 2 × m\n", text)
        self.assertIn("## Node\n\nHow.\n\n| figure | oracle |", text)
        self.assertTrue(text.endswith("| w | o | +0.100% | +0.100% | – | 1 | 1.0% | pass |\n"), text)

    def test_a_bar_does_not_end_a_cell(self):
        self.assertEqual("| a\\|b |\n", table.row(["a|b"]))


if __name__ == "__main__":
    case.main()
