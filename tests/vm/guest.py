# SPDX-License-Identifier: Apache-2.0
"""Runs in the virtual machine: each step of the plan, and a line of JSON about it to the second serial port."""
import json
import subprocess
import sys
import time


def run_step(step):
    """Runs one command to its end or its limit; its output is the console's."""
    print(f"=== {step['name']}", flush=True)
    start = time.monotonic()
    try:
        status = subprocess.run(step["command"], check=False, timeout=step["seconds"], stdin=subprocess.DEVNULL,
                                stderr=subprocess.STDOUT).returncode
    except subprocess.TimeoutExpired:
        status = "timeout"
    except OSError as problem:
        status = str(problem)
    return {"name": step["name"], "status": status, "seconds": round(time.monotonic() - start, 1)}


def main(plan, port):
    """Runs the plan; the last line says that it came to its end."""
    with open(plan, encoding="utf-8") as file:
        steps = json.load(file)
    with open(port, "w", encoding="ascii") as results:
        for step in steps:
            results.write(json.dumps(run_step(step)) + "\n")
            results.flush()
        results.write(json.dumps({"name": "end", "status": 0, "seconds": 0}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
