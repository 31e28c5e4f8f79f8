# SPDX-License-Identifier: Apache-2.0
"""An instance's `handle` and `idle` time against what the function itself logs by its own CPU clock: a server that
burns while it handles a request, and by a timer between requests."""
from accuracy.line import Line
from harness import handle_time

LIMIT = handle_time.TOLERANCE
ORACLE = "the function's own CPU clock"
REPEATS, QUICK_REPEATS = 5, 1
LOADS = {
    "requests of 4 ms": {"requests": 300, "handle_us": 4000, "idle_us": 2000, "period_ms": 5, "think": 0.012},
    "requests of 0.4 ms": {"requests": 1500, "handle_us": 400, "idle_us": 300, "period_ms": 1, "think": 0.002},
}


def lines(folder, quick):
    """All lines of the group."""
    repeats = QUICK_REPEATS if quick else REPEATS
    for name, load in LOADS.items():
        errors = {"handle": [], "idle": []}
        for _ in range(repeats):
            for activity, (own, booked) in handle_time.measure(folder, **load).items():
                errors[activity].append(booked / own - 1)
        for activity, of_activity in errors.items():
            yield Line("handle", f"{activity}, {name}", ORACLE, LIMIT, of_activity)
