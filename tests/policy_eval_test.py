#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What policies would have decided on metrics: the answers in tests/golden/policy, and the errors.

FAASTAX_UPDATE_GOLDEN=1 writes the answers anew. Those of `async` were compared with Knative's own code."""
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness import case, paths

GOLDEN = Path(__file__).parent / "golden" / "policy"
ANSWERS = {
    "async-defaults": ["--policy", "async", "--set", "concurrency=1"],
    "async-narrow": ["--policy", "async:20s:concurrency=1", "--set", "utilization=1", "--set", "panic_threshold=1.5",
                     "--set", "max_scale_up_rate=1.5", "--set", "max_scale_down_rate=3"],
    "async-delayed": ["--policy", "async:no-panic", "--set", "window_s=10", "scale_down_delay_s=9",
                      "activation_scale=3", "concurrency=2"],
    "dirigent": ["--policy", "dirigent:30s"],
    "regression": ["--policy", "regression:30s:concurrency=1"],
    "sync": ["--policy", "sync:30s"],
}
HEAD = "time_s,concurrency,ready\n"


def evaluate(*arguments, text=None):
    return subprocess.run([paths.program("faastax"), "policy", "eval", *arguments], input=text,
                          capture_output=True, text=True, check=False, timeout=20)


class PolicyEval(unittest.TestCase):
    maxDiff = None

    def test_answers(self):
        for name, arguments in ANSWERS.items():
            with self.subTest(name):
                done = evaluate(*arguments, "--input", GOLDEN / "metrics.csv")
                self.assertEqual((0, ""), (done.returncode, done.stderr))
                path = GOLDEN / f"{name}.csv"
                if os.environ.get("FAASTAX_UPDATE_GOLDEN") == "1":
                    path.write_text(done.stdout, encoding="utf-8")
                self.assertEqual(path.read_text(encoding="utf-8"), done.stdout)

    def test_missing_data_is_not_zero(self):
        rows = HEAD + "1,4,1\n2,4,1\n"
        done = evaluate("--policy", "async:4s:no-panic:concurrency=1:utilization=1", "--input", "-",
                        text=rows + "9,4,1\n")
        self.assertEqual("time_s,desired,panic\n2,4,0\n4,4,0\n6,0,0\n8,,0\n", done.stdout)

    def fails(self, status, words, *arguments, text=None):
        done = evaluate(*arguments, text=text)
        self.assertEqual((status, "", 1), (done.returncode, done.stdout, len(done.stderr.splitlines())), done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_bad_input_names_its_line(self):
        for rows, words in (("1,1\n", ["2:", "2 fields"]), ("1,1,1\n2,-1,1\n", ["3:", "-1"]),
                            ("1,1,1\n1,1,1\n", ["3:", "after"]), ("1.5,1,1\n", ["2:", "whole"]),
                            ("1,nan,1\n", ["2:", "nan"]), ("1,1,x\n", ["2:", "x"]), ("", ["header"]),
                            ("1,,1\n", ["2:"]), ("1767225600,1,1\n", ["2:", "time_s"])):
            with self.subTest(rows):
                self.fails(1, ["standard input", *words], "--policy", "async", "--input", "-", text=HEAD + rows)
        self.fails(1, ["input:1", "ready"], "--policy", "async", "--input", "-", text="time_s,concurrency\n1,1\n")
        self.fails(1, ["empty"], "--policy", "async", "--input", "-", text="")

    def test_unreadable_input(self):
        with tempfile.TemporaryDirectory() as folder:
            self.fails(1, ["nothing.csv", "No such file"], "--policy", "async", "--input", f"{folder}/nothing.csv")
            self.fails(1, [folder, "directory"], "--policy", "async", "--input", folder)

    def test_wrong_usage(self):
        for words, arguments in ((["asynk", "dirigent"], ["--policy", "asynk"]),
                                 (["windows", "window_s"], ["--policy", "async", "--set", "windows=3"]),
                                 (["utilization", "0.001"], ["--policy", "async", "--set", "utilization=7"]),
                                 (["grace_s"], ["--policy", "async", "--set", "grace_s=7"]),
                                 (["dual", "lab"], ["--policy", "dual"])):
            with self.subTest(arguments):
                self.fails(2, words, *arguments, "--input", GOLDEN / "metrics.csv")
        self.fails(2, ["--policy"], "--input", "x")


if __name__ == "__main__":
    case.main()
