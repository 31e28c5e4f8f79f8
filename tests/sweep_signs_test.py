#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a sweep of policies claims to show follows from its figures, and only then."""
import random
import sys
import unittest

from harness import case, paths

sys.path.insert(0, str(paths.SOURCE / "bench"))
import signs  # noqa: E402
import sweep  # noqa: E402


def points(policy, setting, figure, noise=0.0, levels=(30, 120, 600), seeds=(1, 2, 3)):
    """Runs whose slowdown is `figure(level)`, times a factor of each seed's own, times the noise."""
    chance = random.Random(7)
    return [signs.Point(policy, setting, level, seed,
                        {"slowdown": figure(level) * seed * chance.uniform(1 - noise, 1 + noise)})
            for seed in seeds for level in levels]


class Trend(unittest.TestCase):
    def test_is_the_ratio_of_the_ends_whatever_the_seeds(self):
        middle, low, high = signs.trend(points("sync", "window", lambda level: level ** -0.5), "slowdown")
        for value in (middle, low, high):
            self.assertAlmostEqual((600 / 30) ** -0.5, value)

    def test_noise_hides_it(self):
        flat = signs.trend(points("sync", "window", lambda _: 5, noise=0.3), "slowdown")
        self.assertTrue(flat[1] < 1 < flat[2])

    def test_needs_more_than_two_runs(self):
        self.assertIsNone(signs.trend(points("sync", "window", lambda _: 5, levels=(30, 600), seeds=(1,)), "slowdown"))
        self.assertIsNone(signs.trend([], "slowdown"))


class Verdicts(unittest.TestCase):
    def verdict(self, figure, setting="window", noise=0.0):
        return next(sign.verdict for sign in signs.signs(points("async", setting, figure, noise)) if "slowdown" in sign.claim)

    def test_by_the_whole_interval(self):
        self.assertEqual("shown", self.verdict(lambda level: 1 / level))
        self.assertEqual("reversed", self.verdict(lambda level: level))
        self.assertEqual("not shown", self.verdict(lambda _: 5, noise=0.3))
        self.assertEqual("shown", self.verdict(lambda level: level, "utilization"))

    def test_without_figures(self):
        verdicts = {sign.verdict for sign in signs.signs(points("async", "window", lambda _: 5)) if "memory" in sign.claim}
        self.assertEqual({"no figure"}, verdicts)

    def test_dual_beside_others(self):
        def runs(policy, share):
            return [signs.Point(policy, "window", level, seed, {"slow_start_share": share + seed / 1000})
                    for level in (30, 600) for seed in (1, 2)]
        sign = next(sign for sign in signs.signs(runs("dual", 0.01) + runs("sync", 0.05)) if "slow starts" in sign.claim)
        self.assertAlmostEqual(-4, sign.middle)
        self.assertEqual("shown", sign.verdict)


class Page(unittest.TestCase):
    def data(self, busy):
        figures = {"slowdown": 4.0, "memory_ratio": 9.0, "mean_memory_bytes": 2.0**20, "creations_per_second": 1.0,
                   "overhead_ratio": 0.5, "slow_start_share": 0.01, "emergency_share": None, "delay_p99_seconds": 0.1,
                   "busy_share": busy, "late_p99_seconds": 0.001}
        report = {"window": {"seconds": 10}, "cpu": {"by_component": [
            {"component": "loadgen", "activity": "other", "seconds": 0.4}]}}
        runs = [{"policy": words, "seed": seed, "figures": dict(figures, slowdown=600 / level + seed),
                 "lab": {"requests": {"sent": 5, "failed": 0}}, "report": report}
                for words, _, setting, level in sweep.grid(quick=False) if setting == "window" for seed in (1, 2, 3)]
        setup = {"functions": 10, "min_requests": 100, "minutes": 40, "start_minute": 400, "warmup_s": 600, "speedup": 120,
                 "seconds": 20, "max_exec_ms": 10, "run_times_cut": 3, "requests": 5, "requests_left_out": 7,
                 "functions_cpus": 0.5, "runtime": "crun"}
        return {"setup": setup, "runs": runs}

    def test_says_what_was_run_and_what_it_shows(self):
        text = "\n".join(sweep.page(self.data(0.6), quick=False))
        self.assertIn("45 runs, 225 requests sent, 0 failed", text)
        self.assertIn("used at most 0.04 CPUs", text)
        self.assertNotIn("saturated", text)
        self.assertIn("| sync, keep-alive up: slowdown down | ", text)
        self.assertIn("| async, window up: memory up | 1.00 (1.00 to 1.00) × | **not shown** |", text)
        self.assertRegex(text, r"\| sync \| 600 s \| 3\.0 ±2\.5 \| 9\.0 ±0\.0 \| 1 ±0 \| 1\.00 ±0\.00 \| 50 ±0 \| 1\.00 ±0\.00 \| - \|")

    def test_says_so_when_the_machine_did_not_carry_it(self):
        self.assertIn("45 of 45 runs were beyond 90%", "\n".join(sweep.page(self.data(0.95), quick=False)))


class Readme(case.SystemTest):
    def test_only_what_is_between_the_marks_changes(self):
        readme = self.dir / "README.md"
        readme.write_text("a\n<!-- sweep: made by `./dev sweep --write` -->\nold\n<!-- /sweep -->\nb\n", encoding="utf-8")
        sweep.write_readme(["new \\1"], readme)
        self.assertEqual("a\n<!-- sweep: made by `./dev sweep --write` -->\nnew \\1\n<!-- /sweep -->\nb\n",
                         readme.read_text(encoding="utf-8"))

    def test_the_project_has_the_place(self):
        self.assertIn("<!-- sweep: made by `./dev sweep --write` -->", (paths.SOURCE / "README.md").read_text(encoding="utf-8"))


class Grid(unittest.TestCase):
    def test_all_policies_and_settings(self):
        runs = sweep.grid(quick=False)
        self.assertEqual({"sync", "async", "dirigent", "dual", "regression"}, {policy for _, policy, _, _ in runs})
        self.assertEqual(19, len({words for words, *_ in runs}))


if __name__ == "__main__":
    case.main()
