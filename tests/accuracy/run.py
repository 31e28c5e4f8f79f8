#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`./dev accuracy`: measures every group, prints each line, writes docs/accuracy.md when all were measured in full,
and ends with 1 when a line misses its limit."""
import argparse
import os
import platform
import sys
import tempfile
import time
import unittest
from datetime import datetime, timezone
from pathlib import Path

from accuracy import churn, cycles, handle, instance, memory, node, requests, table
from accuracy.line import Line, Verdict
from harness import paths, processes

MODULES = (node, instance, churn, requests, handle, memory, cycles)
GROUPS = {module.__name__.split(".")[-1]: module for module in MODULES}
DOCUMENT = paths.SOURCE / "docs" / "accuracy.md"


def model():
    """The CPU's name."""
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        return next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), "unknown")


def facts(seconds):
    """What the figures are of."""
    build = processes.run(["git", "-C", paths.SOURCE, "describe", "--always", "--dirty"]).strip()
    versions = [processes.run([paths.tool(tool), "--version"]).splitlines()[0]
                for tool in ("runc", "crun", "containerd")]
    return [("machine", f"{os.cpu_count()} × {model()}"),
            ("kernel", f"{platform.release()}, cgroups {'hybrid' if node.cgroups.is_hybrid() else 'v2'}"),
            ("faastax", f"{build}, build `{paths.BUILD.name}`"), ("runtimes", "; ".join(versions)),
            ("took", f"{seconds / 60:.0f} minutes")]


def measure(name, quick):
    """The lines of one group. What goes wrong in it is a line as well."""
    began, lines = time.monotonic(), []

    def keep(line):
        lines.append(line)
        print(table.row(table.cells(line)), end="", flush=True)

    with tempfile.TemporaryDirectory(prefix="faastax-accuracy-") as folder:
        try:
            for line in GROUPS[name].lines(Path(folder), quick):
                keep(line)
        except unittest.SkipTest as skip:
            keep(Line(name, name, "–", 0, reason=str(skip)))
        except Exception as error:  # pylint: disable=broad-except
            keep(Line(name, name, "–", 0, reason=str(error)[:500], broken=True))
    print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return lines


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(prog="./dev accuracy", description=__doc__)
    parser.add_argument("--only", choices=GROUPS, action="append", help="this group alone; writes no document")
    parser.add_argument("--quick", action="store_true", help="a few of each, to try it; writes no document")
    return parser.parse_args()


def main():
    """Status 1 when a line misses its limit."""
    options = arguments()
    began = time.monotonic()
    date = datetime.now(timezone.utc).strftime("%Y-%m-%d")
    groups = [(name, GROUPS[name].__doc__, measure(name, options.quick)) for name in options.only or GROUPS]
    if not options.only and not options.quick:
        DOCUMENT.write_text(table.document(date, facts(time.monotonic() - began), groups), encoding="utf-8")
        print(f"written: {DOCUMENT.relative_to(paths.SOURCE)}", file=sys.stderr)
    failed = [line for _, _, lines in groups for line in lines if line.verdict is Verdict.FAIL]
    print(f"{len(failed)} lines miss their limit", file=sys.stderr)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
