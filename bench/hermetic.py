# SPDX-License-Identifier: Apache-2.0
"""Google Benchmark over the pure parts: ledger, report, exposition, recording, trace."""
import json
import subprocess

from harness import paths


def report(results, _, quick):
    """One table; there is no limit to break."""
    program = paths.program("faastax-bench-hermetic")
    seconds = 0.05 if quick else 0.5
    done = subprocess.run([program, "--benchmark_format=json", f"--benchmark_min_time={seconds}"],
                          capture_output=True, text=True, check=True, timeout=300)
    results.section("Pure parts", "Google Benchmark, the release build, one thread, no kernel.")
    rows = []
    for one in json.loads(done.stdout)["benchmarks"]:
        rate = one.get("items_per_second")
        rows.append((one["name"], f"{one['cpu_time']:.3g} {one['time_unit']}", f"{rate:.3g}" if rate else "",
                     one["iterations"]))
    results.table(("what", "CPU time", "items a second", "iterations"), rows)
