# SPDX-License-Identifier: Apache-2.0
"""What our program at sched_switch costs, beside an empty one in the same run.

Both are attached at once, so every switch runs both; the kernel's own statistics count runs and nanoseconds.
Its counting costs the same for each and goes away in the difference. The first program at the hook fetches what
the hook itself needs and pays for it, whichever it is: another empty one stands before both."""
import re
import statistics
import subprocess
from contextlib import contextmanager
from pathlib import Path

from harness import agent, bpf_objects, cgroups, paths, processes, servers
from loads import CPUS, sandbox_cgroups, sleepers, token_ring

OURS, EMPTY = "fx_switch", "fx_empty"
LIMIT_NS = 60
REPEATS = 5
STEPS = 50_000
LIVE = 1000
COLD = f"token through all of {LIVE} live sandboxes"
STATISTICS = Path("/proc/sys/kernel/bpf_stats_enabled")


@contextmanager
def run_statistics():
    """The kernel counts BPF runs for the block; afterwards the switch is as it was."""
    before = STATISTICS.read_text(encoding="ascii")
    STATISTICS.write_text("1", encoding="ascii")
    try:
        yield
    finally:
        STATISTICS.write_text(before, encoding="ascii")


@contextmanager
def empty_attached():
    """The empty program, attached for the block."""
    command = [paths.program("faastax-bench-empty-switch")]
    with processes.child(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        if process.stdout.readline() != b"attached\n":
            raise AssertionError("the empty program did not attach")
        yield


def counters(names):
    """[(name, nanoseconds, runs)] of loaded programs, in the order of their loading."""
    found = [(entry["name"], entry.get("run_time_ns", 0), entry.get("run_cnt", 0))
             for entry in sorted(bpf_objects.programs(), key=lambda entry: entry["id"]) if entry.get("name") in names]
    if missing := set(names) - {name for name, _, _ in found}:
        raise AssertionError(f"not loaded: {missing}")
    return found


def costs(names, load):
    """[(name, ns per run, runs)] over one run of `load`, in the order of their loading."""
    with run_statistics():
        before = counters(names)
        load()
        after = counters(names)
    return [(name, (ns - ns_before) / max(runs - runs_before, 1), runs - runs_before)
            for (name, ns_before, runs_before), (_, ns, runs) in zip(before, after, strict=True)]


def cost(names, load):
    """{name: (ns per run, runs)} over one run of `load`; of several of a name the youngest."""
    return {name: (ns, runs) for name, ns, runs in costs(names, load)}


def reads_the_pmu(name):
    """True when the loaded program's own code calls a helper that reads a hardware counter."""
    text = processes.run([paths.tool("bpftool"), "prog", "dump", "xlated", "name", name])
    return re.search(r"call .*perf_event_read", text) is not None


@contextmanager
def busy_instance(folder):
    """The v2 cgroup of a sandbox that has half a request: it is in flight until the connection closes."""
    with servers.running(folder, "fxbusy", 1) as (server,):
        server.connect()
        server.connection.sendall(b"GET /run HTTP/1.1\r\n")
        yield cgroups.v2_path_of(server.pid)


def measured(load, repeats):
    """Median of the costs above the empty program, of ours and of the empty one, and all runs of ours."""
    rounds = [cost((OURS, EMPTY), load) for _ in range(repeats)]
    above = [one[OURS][0] - one[EMPTY][0] for one in rounds]
    return (statistics.median(above), min(above), max(above),
            statistics.median(one[OURS][0] for one in rounds),
            statistics.median(one[EMPTY][0] for one in rounds), sum(one[OURS][1] for one in rounds))


def against_itself(load, repeats):
    """Medians of an empty program, of the empty one behind it, and of the one before both that pays for the hook."""
    rounds = [[ns for _, ns, _ in costs((EMPTY,), load)] for _ in range(repeats)]
    first, one, other = (statistics.median(each) for each in zip(*rounds, strict=True))
    return one, other, first


def say_against_itself(results, repeats):
    """The A/A column: what the difference is where there is none."""
    with empty_attached(), empty_attached(), empty_attached():
        for name, cpus in (("pipe on one CPU", CPUS[:1]), ("pipe across CPUs", CPUS[:2])):
            one, other, first = against_itself(lambda cpus=cpus: token_ring(STEPS, cpus), repeats)
            results.say(f"An empty program in our place, {name}: {one:.0f} ns, {one - other:.0f} above the one behind "
                        f"it; the one before both, which pays for the hook: {first:.0f} ns.\n")


def mixes(folder):
    """(name, the load) of each mix; a mix is set up while its load runs."""
    one, both = CPUS[:1], CPUS[:2]
    yield "pipe on one CPU", lambda: token_ring(STEPS, one)
    yield "pipe across CPUs", lambda: token_ring(STEPS, both)
    with busy_instance(folder) as group:
        yield "inside an instance, a request in flight", lambda: token_ring(STEPS, one, group=group)
    with sandbox_cgroups(LIVE) as live, sleepers(live, LIVE):
        yield (f"pipe between two of {LIVE} live sandboxes", lambda: token_ring(STEPS, one, folder=live))
    with sandbox_cgroups(LIVE) as live:
        yield (COLD, lambda: token_ring(STEPS, one, LIVE, folder=live))


def report(results, folder, quick):
    """The four mixes against the limit."""
    repeats = 2 if quick else REPEATS
    rows, missed = [], ""
    results.section("The switch path", "ns per run of `fx_switch`, beside an empty program at the same hook in the "
                    "same run (the kernel's BPF statistics, whose own cost is in both and in no difference). A third, "
                    "empty too, is the first at the hook and pays for that. "
                    f"Medians of {repeats} runs of {STEPS} steps each.")
    # Servers first: the instance has to be known before it is busy, the agent before it is there.
    with empty_attached(), agent.running(folder), empty_attached():
        for name, load in mixes(folder):
            above, least, most, ours, empty, runs = measured(load, repeats)
            limit = f"≤ {LIMIT_NS}: " + results.limit(f"switch path, {name}", above <= LIMIT_NS)
            rows.append((name, f"{empty:.0f}", f"{ours:.0f}", f"{above:.0f} ({least:.0f} to {most:.0f})", limit,
                         runs))
            if name == COLD and above > LIMIT_NS:
                missed = (f"{name}: missed, with {above:.0f} ns beside {empty:.0f} of the empty program. Each switch "
                          f"meets a process that has not run since {LIVE - 1} others did. The empty program reads "
                          "nothing of it; ours reads its run time, its state and its account, which the caches have "
                          "let go by then.")
        pmu = reads_the_pmu(OURS)
    results.table(("mix", "empty", "ours", "above empty", "limit", "runs"), rows)
    if missed:
        results.say(missed + "\n")
    say_against_itself(results, repeats)
    results.say(f"Reads the PMU at a switch: {'yes' if pmu else 'no'}.")
