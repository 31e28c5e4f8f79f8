# SPDX-License-Identifier: Apache-2.0
"""`./dev kernels [VERSION…]`: the tests under each kernel, and a table of what passed."""
import json
import sys
from pathlib import Path

from harness import paths
from vm import image, machine, packages, plan

FOLDER = paths.SOURCE / "build" / "vm"


def steps_json(steps):
    """The plan as the guest reads it."""
    return json.dumps([{"name": name, "seconds": seconds, "command": command} for name, seconds, command in steps])


def run(series, steps):
    """Runs the steps under one kernel; returns the kernel, {name: result} and how long it took."""
    kernel = packages.kernel(series, FOLDER)
    folder = FOLDER / kernel.release
    archive, root = image.root_disk(kernel, folder)
    work = image.work_disk(folder, {"plan.json": steps_json(steps)})
    line = machine.command(kernel, archive, root, work, folder / "results.jsonl")
    results, seconds = machine.run(line, folder, 60 + sum(limit for _, limit, _ in steps))
    return kernel, results, seconds, folder / "console.log"


def main(wanted):
    for series in wanted or packages.SERIES:
        kernel, results, seconds, console = run(series, plan.QUICK)
        print(kernel.release, f"{seconds:.0f} s", results, console)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
