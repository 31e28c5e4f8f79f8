#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`./dev bench`: what faastax costs on this machine, beside what others cost."""
import argparse
import sys
import tempfile
import time
import unittest
from pathlib import Path

import agent_cost
import collector_load
import creation
import gateway_proxy
import hermetic
import overhead
import packet_cost
import peers
import store
import switch_cost
from harness import paths
from results import Results, machine

SUITES = {"switch": switch_cost, "packets": packet_cost, "overhead": overhead, "agent": agent_cost,
          "peers": peers, "gateway": gateway_proxy, "creation": creation,
          "hermetic": hermetic, "store": store, "collector": collector_load}


def options():
    """The command line."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=SUITES, help="one part; may be given several times")
    parser.add_argument("--quick", action="store_true", help="few repetitions: does it run, not what is it")
    parser.add_argument("--write", action="store_true", help="write docs/bench.md")
    return parser.parse_args()


def run_suite(name, results, quick):
    """One part; what it lacks is said in its place."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="faastax-bench-") as folder:
        try:
            SUITES[name].report(results, Path(folder), quick)
        except unittest.SkipTest as lacks:
            results.say(f"Not run: {lacks}.")
    print(f"({name}: {time.monotonic() - begun:.0f} s)", file=sys.stderr, flush=True)


def main():
    """Runs all; status 1 when a limit is broken."""
    chosen = options()
    results = Results()
    print(machine(), flush=True)
    for name in chosen.only or SUITES:
        run_suite(name, results, chosen.quick)
    if chosen.write:
        results.write(paths.SOURCE / "docs" / "bench.md", "./dev bench --write")
    for name in results.broken:
        print(f"limit broken: {name}", file=sys.stderr)
    sys.exit(1 if results.broken else 0)


if __name__ == "__main__":
    main()
