# SPDX-License-Identifier: Apache-2.0
"""Recordings (ledger/recording.hpp): making, changing and booking them again."""
import json
import subprocess
from pathlib import Path

from harness import paths, processes


def record(path, command, *options):
    """Records while the command runs."""
    processes.run([paths.program("faastax"), "record", "-o", path, *options, "--", *command], timeout=300)


def replay(path, *options):
    """The report of a recording, as the bytes of its JSON."""
    out = Path(f"{path}.report.json")
    processes.run([paths.program("faastax"), "replay", path, "--json", out, *options])
    return out.read_bytes()


def report(path, *options):
    """The report of a recording."""
    return json.loads(replay(path, *options))


def failing_replay(path):
    """(status, stderr) of a replay that cannot succeed."""
    done = subprocess.run([paths.program("faastax"), "replay", str(path)], capture_output=True, text=True,
                          check=False, timeout=60)
    return done.returncode, done.stderr


def rewrite(source, target, change):
    """Copies a recording line by line. `change(entry)` gives the entry to write, or None to leave it out; the
    header goes through untouched."""
    with open(source, encoding="ascii") as lines, open(target, "w", encoding="ascii") as out:
        out.write(next(lines))
        for line in lines:
            entry = change(json.loads(line))
            if entry is not None:
                out.write(json.dumps(entry, separators=(",", ":")) + "\n")
    return target


def without_time_of(source, target, cgroup_id):
    """Copies a recording in which the processes of one cgroup used no CPU time at all."""
    accounts = set()

    def change(entry):
        if entry["k"] == "account" and entry["cgroup"] == cgroup_id:
            accounts.add(entry["account"])
        elif entry["k"] == "exec" and entry["account"] in accounts:
            entry["before"] = []
        elif entry["k"] == "cells":
            entry["accounts"] = [row for row in entry["accounts"] if row["account"] not in accounts]
        return entry

    return rewrite(source, target, change)
