#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The store's tests (collector/store/*_test.cpp) on a real PostgreSQL, beside SQLite."""
import os
import subprocess
import unittest

from harness import case, paths, postgres


class StorePostgresTest(unittest.TestCase):
    def test_all_hold_on_postgres_as_on_sqlite(self):
        with postgres.server("fsync=off") as server:
            done = subprocess.run([paths.program("store_test"), "--gtest_brief=1", "--gtest_filter=*/postgres:*/sqlite"],
                                  env={**os.environ, "FAASTAX_TEST_POSTGRES": server.url}, capture_output=True,
                                  text=True, check=False, timeout=100)
            self.assertEqual(0, done.returncode, done.stdout + done.stderr)
            self.assertIn("PASSED", done.stdout)
            tests = subprocess.run([paths.program("store_test"), "--gtest_list_tests"], capture_output=True, text=True,
                                   env={**os.environ, "FAASTAX_TEST_POSTGRES": server.url}, check=True, timeout=20)
            self.assertEqual(tests.stdout.count("/sqlite"), tests.stdout.count("/postgres"))
            self.assertEqual(["0"], server.query("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'faastax%'"))


if __name__ == "__main__":
    case.main()
