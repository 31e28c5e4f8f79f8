# SPDX-License-Identifier: Apache-2.0
"""Requests as a client or a server counts them itself; the error is in requests. Loads: `h2load` over HTTP/1.1 (64
connections) and HTTP/2 (10 streams each), gRPC. Cases: connections played byte by byte, each in a sandbox of its own;
beside the count they hold durations, peaks in flight, aborted requests and probes to what was played."""
from accuracy.line import Line
from harness import request_cases, request_loads

LOAD_ORACLE, CASE_ORACLE = "the client's count", "what was played"


def line(outcome, oracle):
    """One line of a case or load."""
    error = (outcome.seen.requests if outcome.seen else 0) - outcome.expected.requests
    wrong = "" if outcome.right else f"expected {outcome.expected}, seen {outcome.seen} {' '.join(outcome.problems)}"
    return Line("requests", outcome.name.replace("_", " "), oracle, 0, [error], exact=True,
                count=max(outcome.expected.requests, 1), broken=not outcome.right, reason=wrong[:300])


def lines(folder, quick):
    """All lines of the group."""
    for outcome in request_loads.run(folder, full=not quick):
        yield line(outcome, LOAD_ORACLE)
    for outcome in request_cases.run(folder):
        yield line(outcome, CASE_ORACLE)
