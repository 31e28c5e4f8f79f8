# SPDX-License-Identifier: Apache-2.0
"""The collector's store: what a record costs to keep, and how long a report takes over ten million of them, on SQLite
and on PostgreSQL. Every count and sum is checked, and percentiles against exact ones."""
import json

from harness import paths, postgres, processes

SLICE = 500_000
LEAST_RATE, MOST_SECONDS, MOST_ERROR = 50_000, 2, 0.01


def run(*arguments):
    """The benchmark program's answer."""
    return json.loads(processes.run([paths.program("faastax-bench-store"), *arguments], timeout=1800))


def fill(url, count):
    """Sums over slices of what insertion took."""
    total = {}
    for start in range(0, count, SLICE):
        done = run("insert", "--store", url, "--records", count, "--from", start, "--to", min(start + SLICE, count))
        for key in ("records", "put_cpu_seconds", "put_wall_seconds", "maintain_cpu_seconds", "maintain_wall_seconds"):
            total[key] = total.get(key, 0) + done[key]
        total["bytes"] = done["bytes_per_record"]
    return total


def check(results, name, found, count):
    """Nothing lost, nothing twice, percentiles right."""
    everything = found["all"]
    holds = everything["records"] == count and everything["cpu_ns"] == everything["exact_cpu_ns"]
    holds = holds and all(by["records"] == count for by in found["by"].values())
    worst = max(everything["worst_cold_start_error"], everything["worst_request_error"])
    results.say(f"- {name}: all {count:,} records counted, sums exact: {results.limit(f'store, {name}, sums', holds)}; "
                f"percentiles off by at most {worst:.2%} (≤ {MOST_ERROR:.0%}: "
                f"{results.limit(f'store, {name}, percentiles', worst <= MOST_ERROR)})")


def measure(results, name, url, count):
    """One store: a row, and the limits."""
    filled = fill(url, count)
    found = run("report", "--store", url, "--records", count)
    cpu = filled["put_cpu_seconds"] + filled["maintain_cpu_seconds"]
    wall = filled["put_wall_seconds"] + filled["maintain_wall_seconds"]
    slowest = max(by["seconds"] for by in found["by"].values())
    results.table(("store", "bytes a record", "records/s of its own CPU", "records/s", "slowest report, s"),
                  [(name, f"{filled['bytes']:.0f}", f"{count / cpu:,.0f}", f"{count / wall:,.0f}", f"{slowest:.2f}")])
    check(results, name, found, count)
    holds = results.limit(f"store, {name}, rate", count / cpu >= LEAST_RATE)
    results.say(f"- {name}: at least {LEAST_RATE:,} records/s of the process's own CPU: {holds}")
    holds = results.limit(f"store, {name}, report", slowest < MOST_SECONDS)
    results.say(f"- {name}: reports by function, track, policy and node in under {MOST_SECONDS} s: {holds}")
    results.say("")


def report(results, folder, quick):
    """Both stores."""
    count = 100_000 if quick else 10_000_000
    results.section("Store", f"{count:,} full-size instance records of 5,000 nodes and 1,000 functions over one day, 10,000 in "
                    "a transaction, durable; sums by minute, hour and day kept up.")
    measure(results, "SQLite", str(folder / "store.db"), count)
    with postgres.server("max_wal_size=4GB") as server:
        measure(results, "PostgreSQL", server.url, count)
