# SPDX-License-Identifier: Apache-2.0
"""What the agent itself uses: 200 live sandboxes, and 10 more a second that come and go."""
import time

from harness import agent, crowd, oci, processes
from loads import cpu_seconds

LIVE, A_SECOND = 200, 10
MOST_PERCENT, MOST_MEBIBYTES = 1.0, 50
MEBIBYTE = 1 << 20
WARM_SECONDS = 20  # the names of kernel workers' functions are looked up once, in the first moments


def churn(runtime, bundle, name, seconds):
    """The sandboxes that come and go; all must."""
    if crowd.stream(runtime, bundle, name, int(A_SECOND * seconds), A_SECOND):
        raise AssertionError("sandboxes failed")


def under_load(runtime, bundle, pid, name, seconds):
    """CPU share of a process (percent of one CPU) while sandboxes come and go."""
    before, begun = cpu_seconds(pid), time.monotonic()
    churn(runtime, bundle, name, seconds)
    return 100 * (cpu_seconds(pid) - before) / (time.monotonic() - begun)


def report(results, folder, quick):
    """CPU and memory against their limits."""
    warm, seconds = (3, 5) if quick else (WARM_SECONDS, 60)
    results.section("The agent's own cost", f"`faastax-agent` with its defaults, {LIVE} live crun sandboxes and "
                    f"{A_SECOND} more a second that come and go, over {seconds} s, scraped once at the end. What its "
                    "programs cost in the kernel is not in it: see the switch path and the requests above.")
    runtime = oci.Runtime("crun", folder)
    waiting = oci.bundle(folder / "waiting", ["/bin/cat"])
    short = oci.bundle(folder / "short", ["/bin/true"])
    with agent.running(folder) as running, crowd.crowd(runtime, waiting, folder, "fxlive", LIVE):
        churn(runtime, short, "fxwarm", warm)
        percent = under_load(runtime, short, running.process.pid, "fxshort", seconds)
        running.text()
        mebibytes = processes.resident_bytes(running.process.pid) / MEBIBYTE
        lost = agent.total(running.samples(), "faastax_agent_lost_total")
    results.table(("figure", "value", "limit"), [
        ("CPU", f"{percent:.2f}% of one CPU",
         f"≤ {MOST_PERCENT:g}%: {results.limit('CPU of the agent', percent <= MOST_PERCENT)}"),
        ("resident memory", f"{mebibytes:.1f} MiB",
         f"≤ {MOST_MEBIBYTES}: {results.limit('memory of the agent', mebibytes <= MOST_MEBIBYTES)}"),
        ("lost", f"{lost:.0f}", f"0: {results.limit('nothing lost by the agent', lost == 0)}")])
