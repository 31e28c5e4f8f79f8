#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The command line's own words are part of the contract: a change shows in the diff of tests/golden.

FAASTAX_UPDATE_GOLDEN=1 writes them anew."""
import os
import subprocess
import unittest
from pathlib import Path

from harness import case, paths

GOLDEN = Path(__file__).parent / "golden"
PAGES = {
    "faastax": ["faastax", "--help"],
    "faastax-stat": ["faastax", "stat", "--help"],
    "faastax-record": ["faastax", "record", "--help"],
    "faastax-replay": ["faastax", "replay", "--help"],
    "faastax-doctor": ["faastax", "doctor", "--help"],
    "faastax-lab-run": ["faastax", "lab", "run", "--help"],
    "faastax-lab-compare": ["faastax", "lab", "compare", "--help"],
    "faastax-policy-eval": ["faastax", "policy", "eval", "--help"],
    "faastax-policy-list": ["faastax", "policy", "list"],
    "faastax-agent": ["faastax-agent", "--help"],
    "faastax-collector": ["faastax-collector", "--help"],
    "faastax-cluster-manager": ["faastax-cluster-manager", "--help"],
    "faastax-gateway": ["faastax-gateway", "--help"],
    "queue-proxy": ["queue-proxy", "--help"],
}


class HelpPages(unittest.TestCase):
    maxDiff = None

    def test_pages(self):
        for name, (program, *arguments) in PAGES.items():
            with self.subTest(name):
                done = subprocess.run([paths.program(program), *arguments], capture_output=True, text=True,
                                      check=False, timeout=20, env={**os.environ, "COLUMNS": "80"})
                self.assertEqual((0, ""), (done.returncode, done.stderr))
                path = GOLDEN / f"{name}.txt"
                if os.environ.get("FAASTAX_UPDATE_GOLDEN") == "1":
                    GOLDEN.mkdir(exist_ok=True)
                    path.write_text(done.stdout, encoding="utf-8")
                self.assertEqual(path.read_text(encoding="utf-8"), done.stdout)


if __name__ == "__main__":
    case.main()
