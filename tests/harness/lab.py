# SPDX-License-Identifier: Apache-2.0
"""The lab of `faastax lab run`, on the project's own example trace."""
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness import paths, processes

TRACE = paths.SOURCE / "examples" / "trace"


@dataclass
class Result:
    """What a run printed: the load generator's counts and the ledger's report."""

    functions: int
    sent: int
    succeeded: int
    failed: int
    cold_starts: int
    instances_started: int
    report: dict
    text: str


def run(folder, *options, runtime="crun", seconds=300):
    """Runs the lab to its end; fails unless it ends well. `runtime` is None for what needs none."""
    out = Path(folder) / "lab.json"
    command = [paths.program("faastax"), "lab", "run", "--trace", TRACE, "--json", out, *options]
    command += ["--runtime", runtime] if runtime else []
    status, said, complained = _run_or_show([str(word) for word in command], seconds)
    if status != 0:
        raise AssertionError(f"the lab ended with {status}\n{said}{complained}")
    return result_of(json.loads(out.read_text(encoding="utf-8")), said)


def _run_or_show(command, seconds):
    """(status, stdout, stderr) of a command; one that hangs is shown with all its descendants, and killed."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            said, complained = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as late:
            hanging = processes.where_they_are(process.pid)
            process.kill()
            _, complained = process.communicate()
            raise AssertionError(f"the lab does not end\n{complained}\n{hanging}") from late
        return process.returncode, said, complained


def result_of(data, text):
    """The fields that tests look at."""
    lab = data["lab"]
    requests = lab["requests"]
    return Result(functions=len(lab["functions"]), sent=requests["sent"], succeeded=requests["succeeded"],
                  failed=requests["failed"], cold_starts=lab["cold_starts"],
                  instances_started=lab["instances"]["started"],
                  report=data["report"], text=text)
