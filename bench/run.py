#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`./dev bench`: what faastax costs on this machine."""
import os
import platform
import sys
import tempfile
from pathlib import Path

import pipe_cost
import switch_cost


def machine():
    """One line on what the figures are of."""
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), "?")
    return f"machine: {os.cpu_count()} × {model}; kernel {platform.release()}"


def main():
    """Runs all; status 1 when a limit is broken."""
    print(machine(), flush=True)
    fine = True
    with tempfile.TemporaryDirectory(prefix="faastax-bench-") as folder:
        for suite in (switch_cost, pipe_cost):
            fine = suite.report(Path(folder)) and fine
            sys.stdout.flush()
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
