# SPDX-License-Identifier: Apache-2.0
"""Running `faastax stat` and reading what it says."""
import json
import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from harness import paths, processes

CHURN = ("create", "init", "handle", "teardown")


def stat(folder, command, *options, environment=None, seconds=300):
    """Runs `faastax stat --json … -- command` to its end and returns the report."""
    path = Path(folder) / "report.json"
    line = [paths.program("faastax"), "stat", "--json", path, *options, "--", *command]
    done = subprocess.run([str(word) for word in line], capture_output=True, text=True, check=False,
                          timeout=seconds, env={**os.environ, **(environment or {})})
    if done.returncode != 0:
        raise AssertionError(f"stat ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return json.loads(path.read_text(encoding="utf-8"))


class Window:
    """An open window of `faastax stat`; `report` and `log` (lines) are there once it is closed."""

    def __init__(self, process):
        self.process = process
        self.report = None
        self.log = None


@contextmanager
def window(folder, *options, environment=None, log_level="warning"):
    """A window that stays open for the block: `with window(dir) as w: …` and then `w.report`.

    The command that stat runs only says that it has started, and waits to be told to end; the work is done
    by the test itself, from outside."""
    folder = Path(tempfile.mkdtemp(prefix="window-", dir=folder))
    gate, path = folder / "gate", folder / "report.json"
    os.mkfifo(gate)
    wait = f'echo started; read -r line < "{gate}"'
    line = [paths.program("faastax"), "--log-level", log_level, "stat", "--json", path, *options, "--", "sh", "-c",
            wait]
    variables = {**os.environ, **(environment or {})}
    with open(folder / "stderr", "wb") as errors, processes.child(
            line, stdout=subprocess.PIPE, stderr=errors, env=variables) as process:
        if process.stdout.readline() != b"started\n":
            raise AssertionError("stat did not start: " + (folder / "stderr").read_text(encoding="utf-8"))
        opened = Window(process)
        opener = os.open(gate, os.O_RDWR)
        try:
            yield opened
            os.write(opener, b"end\n")
            output = process.communicate(timeout=60)[0]
        finally:
            os.close(opener)
        if process.returncode != 0:
            raise AssertionError(f"stat ended with {process.returncode}\n{output.decode()}\n"
                                 + (folder / "stderr").read_text(encoding="utf-8"))
        opened.report = json.loads(path.read_text(encoding="utf-8"))
        opened.log = (folder / "stderr").read_text(encoding="utf-8").splitlines()


def activity_seconds(report, *activities, direct_only=False):
    """CPU seconds booked to these activities."""
    cells = report["cpu"]["by_activity"]
    return sum(cells[name]["seconds"] - (cells[name]["inferred_seconds"] if direct_only else 0)
               for name in activities if name in cells)


def components(report):
    """Names of all components that the report shows."""
    return {row["component"] for row in report["cpu"]["by_component"]}


def component_seconds(report, name, *activities):
    """CPU seconds of one component, of all activities when none is named."""
    return sum(row["seconds"] for row in report["cpu"]["by_component"]
               if row["component"] == name and (not activities or row["activity"] in activities))
