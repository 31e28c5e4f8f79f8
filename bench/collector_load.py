# SPDX-License-Identifier: Apache-2.0
"""One collector under 5,000 simulated agents: each has a connection and a stream of its own and one batch of up to
100 full-size InstanceRecords under way; all of one generator process on the same machine. First as many as it takes,
then at half of that rate, where memory tells what waits rather than what the generator can pile up."""
import json
import subprocess
import unittest

from harness import collector, postgres
from loads import cpu_seconds

AGENTS, BATCH = 5000, 100
LEAST_A_CPU_SECOND = 50_000


def high_water_bytes(pid):
    """The most memory that a process has had resident."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) * 1024


def play(server, seconds, rate):
    """(the generator's own words, the collector's CPU seconds)."""
    before = cpu_seconds(server.process.pid)
    done = subprocess.run(
        server.load_command("--agents", AGENTS, "--batch", BATCH, "--seconds", seconds, "--rate", rate, "--grace", 120),
        stdout=subprocess.PIPE, text=True, check=False, timeout=seconds + 240)
    return json.loads(done.stdout), cpu_seconds(server.process.pid) - before


def row(name, server, seconds, rate=0):
    """One line of the table; what it found."""
    result, used = play(server, seconds, rate)
    stored = result["acknowledged"]
    if result["left"] or result["refused"] or server.total("faastax_collector_records_total", outcome="new") < stored:
        raise AssertionError(f"not all is stored: {result}")
    per_cpu = stored / used
    cells = [name, f"{stored:,}", f"{result['seconds']:.0f}", f"{result['records_per_second']:,.0f}",
             f"{used:.1f}", f"{per_cpu:,.0f}", f"{result['cpu_seconds']:.1f}",
             f"{high_water_bytes(server.process.pid) / (1 << 20):.0f}"]
    return cells, result["records_per_second"], per_cpu


def rows_of(name, folder, store, seconds):
    """Both loads on one store, each with a collector that was just started; the second's store is not empty."""
    folder.mkdir()
    rows, half, figures = [], 0, []
    for load in ("as fast as it takes", "half of that"):
        with collector.running(folder, store=store) as server:
            cells, rate, per_cpu = row(f"{name}, {load}", server, seconds, half)
        rows.append(cells)
        figures.append(per_cpu)
        half = rate / 2
    return rows, figures


def report(results, folder, quick):
    """SQLite, and PostgreSQL where it is installed. PostgreSQL's own CPU is not the collector's."""
    seconds = 10 if quick else 60
    results.section("Collector under load", __doc__)
    rows, figures = rows_of("SQLite", folder / "sqlite", None, seconds)
    try:
        with postgres.server() as database:
            more, more_figures = rows_of("PostgreSQL", folder / "postgres", database.url, seconds)
        rows += more
        figures += more_figures
    except unittest.SkipTest as lacks:
        results.say(f"PostgreSQL: not run, {lacks}.")
    results.table(["store, load", "records", "s", "records/s end to end", "collector CPU s", "records per CPU s",
                   "generator CPU s", "collector peak MiB"], rows)
    word = results.limit("collector", min(figures) >= LEAST_A_CPU_SECOND)
    results.say(f"Limit: {LEAST_A_CPU_SECOND:,} records per second of the collector's own CPU on each store: {word}.")
