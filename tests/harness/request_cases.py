# SPDX-License-Identifier: Apache-2.0
"""Requests as clients and servers really make them, each case in a sandbox of its own: what happened is known
byte by byte, and faastax must have counted it.

`run(folder)` plays all cases in one window, a few beside each other, and returns an Outcome of each."""
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

from harness import handshake_cases, http1_cases, http2_cases  # they list their cases
from harness import oci, processes, scale, scripted, stat
from harness.request_case import CASES, PROBING_NETWORK, Outcome

PRECISION = 0.99  # of a percentile in a report
AT_ONCE = scale.count(4, in_vm=1)  # most of a case is waiting


def _problems(one, row, function, played):
    """What is wrong beside the counts. No request takes longer than its case was `played`, by our own clock."""
    found = []
    longest = function["request_seconds"].get("p99", 0)
    if not one.longest * PRECISION <= longest <= played / PRECISION:
        found.append(f"longest request {longest:.4f} s, not {one.longest} to {played:.4f} s")
    if one.check:
        found += one.check(row)
    return found


def _judge(outcome, one, report):
    rows = [row for row in report["instances_detail"] if row["sandbox"] == f"fxreq-{outcome.name}"]
    if len(rows) != 1:
        outcome.problems.append(f"{len(rows)} rows")
        return
    function = next(f for f in report["functions"] if f["function"] == rows[0]["function"])
    outcome.seen = one.expected.of(rows[0])
    outcome.problems += _problems(one, rows[0], function, outcome.played)


def _play(runtime, folder, name, one, certificate):
    with scripted.server(runtime, folder / name, f"fxreq-{name}", f"rq-{name}"[:15],
                         certificate if one.tls else None) as server:
        begun = time.monotonic()
        one.play(server)
        return time.monotonic() - begun


def certificate_in(folder):
    """A key and a certificate for the TLS cases, in one file."""
    path = folder / "server.pem"
    processes.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                   "/CN=sandbox", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"])
    path.write_text((folder / "key.pem").read_text() + (folder / "cert.pem").read_text(), encoding="ascii")
    return path


def run(folder, cases=None):
    """Plays the cases in one window; [Outcome]."""
    chosen = cases if cases is not None else CASES
    runtime = oci.Runtime("crun", folder)
    certificate = certificate_in(folder) if any(one.tls for one in chosen.values()) else None
    outcomes = [Outcome(name, one.expected) for name, one in chosen.items()]
    rules = folder / "rules.yaml"
    rules.write_text(f"probes:\n  {PROBING_NETWORK}: source\n", encoding="ascii")

    def play(outcome):
        try:
            outcome.played = _play(runtime, folder, outcome.name, chosen[outcome.name], certificate)
        except (OSError, AssertionError):
            outcome.problems.append(traceback.format_exc(limit=-3))

    with stat.window(folder, "--instances", "--rules", rules) as opened, ThreadPoolExecutor(AT_ONCE) as players:
        list(players.map(play, outcomes))  # raises what is none of these
    for outcome in outcomes:
        _judge(outcome, chosen[outcome.name], opened.report)
    lost = opened.report["lost"]["events"]
    if lost:
        outcomes[0].problems.append(f"{lost} edges lost")
    return outcomes
