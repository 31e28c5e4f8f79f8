# SPDX-License-Identifier: Apache-2.0
"""faastax beside what else could be asked: the same node, the same load, one tool after the other.

Each tool's columns: what it does to a program that only switches, what it uses itself, and how much of the
CPU time of short sandboxes it sees. Every short sandbox burns the same amount, so the truth is known."""
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from agent_cost import A_SECOND, LIVE
from harness import agent, cgroups, created, crowd, oci, paths, processes
from loads import CPUS, cpu_seconds, token_ring
from results import ratio

PROGRAM = "fxpeer"
LOOPS = 20_000  # of busybox's shell: some 30 ms of CPU, so that 10 a second leave the node time


class Tool:
    """A tool that is running: its process, and how much CPU of new sandboxes it has seen by now."""

    def __init__(self, process, seen):
        self.process = process
        self.seen = seen


@contextmanager
def faastax(folder):
    """The agent: what it books to the function from the program's exec on. What the runtime's child used in the
    cgroup before that is `create`, where the metrics have the runtime's own as well."""
    with agent.running(folder) as running:
        def seen():
            time.sleep(2.5)
            running.samples()
            samples = running.samples()
            return sum(agent.total(samples, "faastax_function_cpu_seconds_total", function=PROGRAM,
                                   activity=activity) for activity in ("init", "handle", "idle"))

        running.samples()
        yield Tool(running.process, seen)


@contextmanager
def bpf_sum(_):
    """cgroup_sum.bpf.c."""
    command = [paths.program("faastax-bench-cgroup-sum")]
    with processes.child(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        def ask():
            process.stdin.write(b"\n")
            process.stdin.flush()
            return float(process.stdout.readline())

        if process.stdout.readline() != b"attached\n":
            raise AssertionError("the peer did not attach")
        time.sleep(1)
        ask()
        yield Tool(process, ask)


def perf_stat(*arguments):
    """`perf stat` that counts until it is told to end. It knows no cgroup that comes later."""
    @contextmanager
    def running(folder):
        command = [paths.tool("perf"), "stat", "-a", *arguments, "-I", "1000", "-o", folder / "perf.txt"]
        with processes.child(command, stdin=subprocess.DEVNULL) as process:
            time.sleep(0.5)
            yield Tool(process, lambda: 0.0)
    return running


def perf_events():
    """Cycles where there is a PMU, else what perf has without one."""
    tried = subprocess.run([paths.tool("perf"), "stat", "-a", "-e", "cycles", "true"], capture_output=True,
                           text=True, check=False)
    return "cpu-clock,context-switches" if "not supported" in tried.stderr else "cycles,instructions"


def live_cgroups():
    """The live sandboxes as perf names them: by their path in its hierarchy."""
    root = cgroups.v1_root("perf_event") or cgroups.v2_root()
    return ",".join(folder.name for folder in root.iterdir() if folder.name.startswith("fxlive-"))


@contextmanager
def perf_for_each_cgroup(folder):
    """Names the cgroups that there are when it starts."""
    with perf_stat("-e", "cpu-clock", "--for-each-cgroup", live_cgroups())(folder) as tool:
        yield tool


def polling(period):
    """poll_cgroups.py."""
    @contextmanager
    def running(_):
        root = cgroups.v1_root("cpuacct") or cgroups.v2_root()
        memory = cgroups.v1_root("memory") or cgroups.v2_root()
        command = [sys.executable, Path(__file__).with_name("poll_cgroups.py"), period, root, memory]
        with processes.child(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            def seen():
                process.stdin.close()
                return float(process.stdout.readline())

            process.stdout.readline()
            yield Tool(process, seen)
    return running


def tools():
    """(name, context) of each."""
    events = perf_events()
    yield "faastax-agent", faastax
    yield "BPF sum by cgroup at sched_switch", bpf_sum
    yield f"perf stat -a -e {events}", perf_stat("-e", events)
    yield "perf stat -a --for-each-cgroup", perf_for_each_cgroup
    yield "polling cgroup files, every 10 s", polling(10)
    yield "polling cgroup files, every 1 s", polling(1)


def burner(folder, name, *arguments):
    """A bundle whose program burns a known amount and ends; with `wait` it says "done" first and waits."""
    script = folder / PROGRAM
    script.write_text(f"#!/bin/sh\ni=0; while [ $i -lt {LOOPS} ]; do i=$((i+1)); done\n"
                      '[ "$1" != wait ] || { echo done; read -r line; }\n', encoding="ascii")
    script.chmod(0o755)
    return oci.bundle(folder / name, [f"/bin/{PROGRAM}", *arguments], extra=[script])


def pipe_pairs(folder, context, count, steps):
    """[(bare, with the tool)…] µs a step of the token ring, alternating which comes first."""
    pairs = []
    for i in range(count):
        both = {}
        for attached in ((True, False) if i % 2 else (False, True)):
            if attached:
                with context(folder):
                    both[True] = token_ring(steps, CPUS[:1])
            else:
                both[False] = token_ring(steps, CPUS[:1])
        pairs.append((both[False], both[True]))
    return pairs


def own_cost(folder, context, runtime, bundle, name, seconds):
    """(percent of one CPU that the tool's process used, CPU seconds of new sandboxes that it saw)."""
    with context(folder) as tool:
        time.sleep(3)
        before, begun = cpu_seconds(tool.process.pid), time.monotonic()
        if crowd.stream(runtime, bundle, name, int(A_SECOND * seconds), A_SECOND):
            raise AssertionError("sandboxes failed")
        percent = 100 * (cpu_seconds(tool.process.pid) - before) / (time.monotonic() - begun)
        return percent, tool.seen()


def truth(runtime, bundle):
    """CPU seconds of one short sandbox: what its cgroup says when its program has ended and it is still there."""
    used = []
    for i in range(5):
        with created.created(runtime, bundle, f"fxtruth-{i}") as sandbox:
            sandbox.start()
            used.append(sandbox.finish())
    return statistics.median(used)


def report(results, folder, quick):
    """The table; where faastax is worse than a peer, the line below says so."""
    pairs, steps, seconds = (2, 50_000, 2) if quick else (8, 200_000, 12)
    results.section("Beside other tools", f"The same load under each tool: the token on one CPU ({pairs} alternating "
                    f"pairs of {steps} steps, ratio and 95% interval), then {LIVE} live crun sandboxes and {A_SECOND} "
                    f"a second that burn a known amount for {seconds} s: CPU of the tool's own process, and the "
                    "share of the short sandboxes' CPU that it sees.")
    runtime = oci.Runtime("crun", folder)
    bundle, waiting = burner(folder, "burner"), oci.bundle(folder / "waiting", ["/bin/cat"])
    rows, each = [], truth(runtime, burner(folder, "truth", "wait"))
    with crowd.crowd(runtime, waiting, folder, "fxlive", LIVE):
        time.sleep(LIVE / 60)
        for i, (name, context) in enumerate(tools()):
            slower = ratio(pipe_pairs(folder, context, pairs, steps))
            percent, seen = own_cost(folder, context, runtime, bundle, f"fxpeer{i}", seconds)
            share = seen / (each * int(A_SECOND * seconds))
            rows.append((name, slower, percent, share))
    results.table(("tool", "token, with / without", "its own CPU", "of short sandboxes' CPU"),
                  [(name, slower, f"{percent:.2f}%", f"{100 * share:.0f}%")
                   for name, slower, percent, share in rows])
    explain(results, rows)


def worse(ours, peer):
    """In which columns faastax is clearly worse than a peer."""
    if ours[1].low > peer[1].high:
        yield "the switch: it looks at the task, its account and the sandbox's phase, and needs no clock"
    if ours[2] > peer[2]:
        yield "its own CPU: it names each sandbox, follows lineages and serves metrics, which the other does not"
    if abs(ours[3] - 1) > abs(peer[3] - 1) + 0.02:
        yield "what it sees: see the ratio"


def explain(results, rows):
    """Where faastax is worse, and what the columns leave out."""
    ours, *peers = rows
    results.say("Where faastax is worse than a peer, and why:\n")
    for peer in peers:
        for why in worse(ours, peer):
            results.say(f"- {peer[0]}: {why}")
    results.say("\nThe BPF sum is what a bpftrace one-liner comes to, compiled ahead; it names nothing, and its sums "
                "are read once. `perf stat` counts cgroups that it was given at the start: none that comes later. "
                "Polling is in Python, so its CPU is that of the files and of an interpreter; what lives shorter "
                "than its period is seen in part or not at all.")
