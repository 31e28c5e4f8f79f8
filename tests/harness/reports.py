# SPDX-License-Identifier: Apache-2.0
"""`faastax report` of a store or a Prometheus, and sums over its rows."""
import json
import subprocess
from collections import Counter

from harness import paths


def ask(source, url, *arguments):
    """(status, stdout, stderr) of `faastax report`; `source` is "--store" or "--prometheus"."""
    line = [paths.program("faastax"), "report", source, url, *arguments]
    done = subprocess.run([str(word) for word in line], capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


def read(source, url, *arguments):
    """The report as JSON has it; fails unless it is whole."""
    status, text, errors = ask(source, url, *arguments, "--format", "json")
    if (status, errors) != (0, ""):
        raise AssertionError(f"faastax report {source}: {status}: {errors}")
    return json.loads(text)


def rows(report, namespace="lab"):
    """The functions of a namespace."""
    return [row for row in report["functions"] if row["namespace"] == namespace]


def seconds(report, *keys):
    """{(the row's values of these keys..., activity): CPU seconds} of the lab's functions, without zeros."""
    sums = Counter()
    for row in rows(report):
        for activity, value in row["cpu_seconds"].items():
            sums[(*(row[key] for key in keys), activity)] += value
    return {key: value for key, value in sums.items() if value}
