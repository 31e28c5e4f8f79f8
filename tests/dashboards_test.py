#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Dashboards and rules without a server: made from their description, whole, and of metrics that we export."""
import re
import subprocess
import unittest

from harness import boards, case, paths

NOT_OVER_TIME = {"row", "text"}
RULE_TESTS = boards.RULES.parent / "rules_test.yaml"


class Dashboards(unittest.TestCase):
    maxDiff = None

    def test_files_are_what_their_description_makes(self):
        self.assertEqual((0, ""), boards.generate("--check"))

    def test_names_metrics_that_are_exported(self):
        """No panel and no rule without a metric, none that names one that we do not export, or a label that
        the metric does not have."""
        known = boards.exported()
        for expression in boards.of_boards() + boards.of_rules():
            with self.subTest(expression.where):
                used = boards.selectors(expression.text)
                self.assertTrue(used, expression.text)
                series = known if expression.kind == "panel" else {**known, **dict.fromkeys(boards.recorded(), set())}
                self.assertEqual(set(), {name for name, _ in used} - set(series) - boards.SCRAPED)
                for name, labels in used:
                    self.assertLessEqual(labels, series.get(name, set()) | boards.SCRAPE_LABELS, name)
                has = set().union(*(series.get(name, set()) for name, _ in used)) | boards.SCRAPE_LABELS
                self.assertLessEqual(boards.grouping(expression.text), has)

    def test_variables_are_labels_of_what_is_exported(self):
        known = boards.exported()
        for where, selector, label in boards.variables_of_boards():
            with self.subTest(where):
                (name, labels), = boards.selectors(selector)
                self.assertIn(name, known)
                self.assertLessEqual(labels | {label}, known[name] | boards.SCRAPE_LABELS)

    def test_every_metric_is_shown_somewhere(self):
        shown = {base_of(name) for expression in boards.of_boards() for name, _ in boards.selectors(expression.text)}
        self.assertEqual(set(), {base_of(name) for name in boards.exported()} - shown)

    def test_nothing_is_made_up(self):
        for expression in boards.of_boards() + boards.of_rules():
            self.assertNotIn("vector(", expression.text, expression.where)

    def test_panels_are_whole(self):
        for name, board in boards.boards().items():
            with self.subTest(name):
                self.check_board(board)
                for panel in board["panels"]:
                    if panel["type"] not in NOT_OVER_TIME:
                        self.check_panel(panel)

    def check_board(self, board):
        variables = {one["name"]: one for one in board["templating"]["list"]}
        self.assertEqual("datasource", variables["datasource"]["type"])
        self.assertLessEqual({"cluster", "job", "node"}, set(variables))
        ids = [panel["id"] for panel in board["panels"]]
        self.assertEqual(len(ids), len(set(ids)))
        cells = [(x, y) for panel in board["panels"] for x in range(panel["gridPos"]["x"], sum_of(panel, "x", "w"))
                 for y in range(panel["gridPos"]["y"], sum_of(panel, "y", "h"))]
        self.assertEqual(len(cells), len(set(cells)), "panels overlap")
        self.assertLessEqual(max(x for x, _ in cells), 23)

    def check_panel(self, panel):
        title = panel["title"]
        self.assertTrue(title)
        self.assertGreater(len(panel["description"]), 5, title)
        self.assertTrue(panel["description"].endswith("."), title)
        self.assertTrue(panel["fieldConfig"]["defaults"]["unit"], title)
        self.assertEqual({"type": "prometheus", "uid": "${datasource}"}, panel["datasource"], title)
        for target in panel["targets"]:
            text = target["expr"]
            self.assertIn("$cluster", text, title)
            if not re.search("faastax_(collector|scaling)_", text):
                self.assertIn("$node", text, title)
                self.assertIn("$job", text, title)
            for function in ("rate(", "increase("):
                if function in text:
                    self.assertRegex(text, r"\[\$__(rate_interval|range)\]", title)
            self.assertNotRegex(text, r"\[\d", title)


class Rules(unittest.TestCase):
    def promtool(self, *arguments):
        done = subprocess.run([paths.tool("promtool"), *map(str, arguments)], capture_output=True, text=True,
                              check=False, cwd=boards.RULES.parent)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def test_syntax(self):
        self.promtool("check", "rules", boards.RULES)
        self.promtool("check", "config", boards.RULES.parent / "scrape.yaml")

    def test_their_own_tests(self):
        self.promtool("test", "rules", RULE_TESTS)

    def test_each_is_tested_or_read_by_one_that_is(self):
        tests = RULE_TESTS.read_text(encoding="utf-8")
        for expression in boards.of_rules():
            if expression.kind == "alert":
                name = expression.where.removeprefix("rule ")
                self.assertIn(f"alertname: {name}\n", tests, f"{name} is never expected to fire")


def base_of(name):
    """The metric that a histogram's series belong to."""
    return name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")


def sum_of(panel, *names):
    """Of some of its measures."""
    return sum(panel["gridPos"][name] for name in names)


if __name__ == "__main__":
    case.main()
