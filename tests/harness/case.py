# SPDX-License-Identifier: Apache-2.0
"""The base of every system test, and its way to end: 0 passed, 1 failed, 77 skipped with the reason."""
import os
import shutil
import sys
import tempfile
import unittest
from contextlib import ExitStack
from pathlib import Path

SKIPPED = 77


class SystemTest(unittest.TestCase):
    """A test in a temporary folder, with a stack of what has to be undone."""

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("needs root")
        self.undo = ExitStack()
        self.addCleanup(self.undo.close)
        self.dir = Path(tempfile.mkdtemp(prefix="faastax-test-"))
        self.undo.callback(shutil.rmtree, self.dir, ignore_errors=True)

    def using(self, manager):
        """Enters a context manager that lives as long as the test."""
        return self.undo.enter_context(manager)


def say(text):
    """One line for whoever reads the test's log."""
    print(text, file=sys.stderr, flush=True)


def main():
    """Runs the calling module's tests; all skipped is a skip for CTest, with each reason printed."""
    result = unittest.main(module="__main__", exit=False, verbosity=2).result
    for test, reason in result.skipped:
        print(f"SKIP: {test.id().split('.', 1)[-1]}: {reason}", flush=True)
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if result.testsRun and len(result.skipped) == result.testsRun else 0)
