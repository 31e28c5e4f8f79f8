# SPDX-License-Identifier: Apache-2.0
"""`./dev kernels [--quick | --only STEP] [--document] [--at-once N] [VERSION…]`: the tests under each kernel, and a
table."""
import argparse
import fcntl
import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness import paths
from harness.case import SKIPPED
from vm import document, image, machine, packages, plan

FOLDER = paths.SOURCE / "build" / "vm"
BOOT_SECONDS = 120
STUCK = "Kernel panic - not syncing: softlockup"


@dataclass(frozen=True)
class Outcome:
    """What one kernel gave."""
    kernel: packages.Kernel
    results: dict  # {step's name: {"status", "seconds"}}
    seconds: float
    console: Path

    def verdict(self, step):
        """One word about a step, and its time."""
        entry = self.results.get(step.name)
        if entry is None:
            return "not reached"
        word = {0: "passed", SKIPPED: "skipped", "timeout": "TIMEOUT"}.get(entry["status"], "FAILED")
        left_out = self.skips(step)
        if left_out - plan.EXPECTED_SKIPS.keys() or (word == "skipped" and not left_out):
            word = "SKIPPED" if word in ("passed", "skipped") else word
        return f"{word} {entry['seconds']:.0f} s"

    def skips(self, step):
        """Names of the tests that a step left out."""
        return set(re.findall(r"^SKIP: (\S+):", self.said(step), re.MULTILINE))

    def well(self, step):
        """True when a step passed, whole or but for what may be left out there."""
        return self.verdict(step).split()[0] in ("passed", "skipped")

    def passed(self, steps):
        """True when the guest came to its end and no step failed."""
        return "end" in self.results and all(map(self.well, steps))

    def was_stuck(self):
        """True when a CPU of the guest was: QEMU's fault, which loses an emulated CPU's timer on a machine that has no
        time for it. A fault of ours would do it twice."""
        return "end" not in self.results and STUCK in self.console.read_text(encoding="utf-8", errors="replace")

    def said(self, step):
        """The console's text of one step."""
        text = self.console.read_text(encoding="utf-8", errors="replace")
        return text.partition(f"=== {step.name}\n")[2].partition("\n=== ")[0]


@contextmanager
def _alone(folder):
    """One run at a time has a kernel's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _plan_json(steps):
    return json.dumps([{"name": step.name, "seconds": step.seconds, "command": step.command} for step in steps])


def run(series, steps):
    """Runs the steps under the newest kernel of a series; Unavailable if that cannot be."""
    kernel = packages.kernel(series, FOLDER)
    folder = FOLDER / kernel.release
    with _alone(folder):
        archive, root = image.root_disk(kernel, folder)
        work = image.work_disk(folder, {"plan.json": _plan_json(steps)})
        line = machine.command(kernel, archive, root, work, folder / "results.jsonl")
        outcome = _attempt(kernel, line, folder, steps)
        if outcome.was_stuck():
            report_failures(outcome, steps)
            print(f"{kernel.release}: a CPU of the guest was stuck; once more", file=sys.stderr, flush=True)
            outcome = _attempt(kernel, line, folder, steps)
    return outcome


def _attempt(kernel, line, folder, steps):
    results, seconds = machine.run(line, folder, BOOT_SECONDS + sum(step.seconds for step in steps))
    return Outcome(kernel, results, seconds, folder / "console.log")


def report_failures(outcome, steps):
    """The console of every step that failed, or its end when the guest did not come to its end."""
    for step in steps:
        if step.name in outcome.results and not outcome.well(step):
            print(f"--- {outcome.kernel.release}: {step.name}\n{outcome.said(step)}", flush=True)
    if "end" not in outcome.results:
        text = outcome.console.read_text(encoding="utf-8", errors="replace")
        print(f"--- {outcome.kernel.release} did not come to its end:\n{text[-8000:]}", flush=True)


def run_all(versions, steps, at_once):
    """The outcome of each kernel; what failed is told as soon as its machine has ended."""
    def one(series):
        print(f"== kernel {series}", file=sys.stderr, flush=True)
        outcome = run(series, steps)
        report_failures(outcome, steps)
        return outcome

    with ThreadPoolExecutor(max(1, at_once)) as machines:
        return list(machines.map(one, versions))


def main(words):
    parser = argparse.ArgumentParser(prog="./dev kernels", description=__doc__)
    parser.add_argument("version", nargs="*", default=packages.SERIES, help="e.g. 6.1; all when none is given")
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--quick", action="store_true", help="the subset that `./dev check` runs")
    chosen.add_argument("--only", action="append", metavar="STEP", help="steps whose names begin so")
    parser.add_argument("--document", action="store_true", help="write the table into docs/kernels.md")
    parser.add_argument("--at-once", type=int, default=1, metavar="N", help="machines beside each other")
    options = parser.parse_args(words)
    if options.document and options.only:
        parser.error("the document's table has all steps")
    steps = plan.named(options.only) if options.only else plan.steps(not options.quick)
    try:
        outcomes = run_all(options.version, steps, options.at_once)
    except packages.Unavailable as problem:
        print(f"dev: {problem}", file=sys.stderr)
        return 1
    table = document.table(outcomes, steps)
    print(table)
    if options.document:
        document.write(table)
    return 0 if all(outcome.passed(steps) for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
