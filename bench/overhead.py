# SPDX-License-Identifier: Apache-2.0
"""What the agent costs requests: CPU time per request and median latency, with and without it.

Two of the lab's sandboxes serve a fixed number of requests at a fixed rate (h2load, in each sandbox's network
namespace). CPU time is the whole node's, by the v1 root's cpuacct.usage or /proc/schedstat: server, client,
kernel and agent together. A round is three blocks in random order, A and A' without the agent and B with it:
B/A is the effect, A'/A what the same figure says without one."""
import random
import statistics
import time
from dataclasses import dataclass

from harness import agent, oracle, paths, processes, servers
from results import ratio

LOW, HIGH = 0.98, 1.02
SETTLE_SECONDS = 1.0


@dataclass
class Load:
    """What each sandbox serves: a handler of `handler_ms` CPU time, `a_second` times."""
    handler_ms: float
    a_second: int
    seconds: float

    @property
    def count(self):
        """Requests of one sandbox in a block."""
        return int(self.a_second * self.seconds)

    def __str__(self):
        return f"{self.handler_ms:g} ms of CPU each, 2 × {self.a_second} requests/s for {self.seconds:g} s a block"


def client(server, load, log):
    """h2load against a sandbox: one kept-alive connection."""
    url = f"http://127.0.0.1:{servers.PORT}/run?ms={load.handler_ms:g}"
    return [paths.tool("nsenter"), "-t", server.pid, "-n", paths.tool("h2load"), "--h1", "-c", "1", "-n",
            load.count, "--rps", load.a_second, "--log-file", log, url]


def latencies(log):
    """Seconds of each request; every one was answered 200."""
    fields = [line.split() for line in log.read_text(encoding="ascii").splitlines()]
    if any(status != "200" for _, status, _ in fields):
        raise AssertionError("a request failed")
    return [int(microseconds) / 1e6 for _, _, microseconds in fields]


def block(folder, both, load, busy):
    """(CPU seconds a request, median latency in seconds) of one block."""
    logs = [folder / f"h2load-{i}" for i in range(len(both))]
    for log in logs:
        log.unlink(missing_ok=True)
    before = busy()
    running = [processes.subprocess.Popen([str(word) for word in client(server, load, log)],
                                          stdout=processes.subprocess.DEVNULL)
               for server, log in zip(both, logs)]
    try:
        if any(one.wait(timeout=load.seconds * 3 + 30) for one in running):
            raise AssertionError("h2load failed")
    finally:
        for one in running:
            processes.stop(one)
    used = busy() - before
    answered = [value for log in logs for value in latencies(log)]
    if len(answered) != load.count * len(both):
        raise AssertionError(f"{len(answered)} answers of {load.count * len(both)}")
    return used / len(answered), statistics.median(answered)


def one_round(folder, both, load, busy):
    """{"A": …, "A'": …, "B": …} in random order; the agent runs around B alone."""
    found = {}
    for arm in random.sample(("A", "A'", "B"), 3):
        if arm == "B":
            with agent.running(folder):
                time.sleep(SETTLE_SECONDS)
                found[arm] = block(folder, both, load, busy)
        else:
            time.sleep(SETTLE_SECONDS)
            found[arm] = block(folder, both, load, busy)
    return found


def compare(results, folder, load, rounds):
    """A table of both figures; returns {figure: ratio with the agent}."""
    busy = oracle.node_busy_reader()
    with servers.running(folder, "fxload", 2) as both:
        block(folder, both, load, busy)
        found = [one_round(folder, both, load, busy) for _ in range(rounds)]
    effects, rows = {}, []
    for i, (name, unit, scale) in enumerate((("CPU per request", "ms", 1e3), ("latency p50", "ms", 1e3))):
        effects[name] = ratio([(one["A"][i], one["B"][i]) for one in found])
        same = ratio([(one["A"][i], one["A'"][i]) for one in found])
        bare = statistics.median(one["A"][i] for one in found) * scale
        rows.append((name, f"{bare:.4f} {unit}", effects[name], same))
    results.say(f"{load}; {rounds} rounds:\n")
    results.table(("", "without", "with / without (95%)", "A′/A (95%)"), rows)
    return effects


def report(results, folder, quick):
    """The lab's handler against the limit; a tiny one, where the same cost weighs more, without one."""
    results.section("Requests with and without the agent", "Ratio of the same load with and without the agent, "
                    "geometric mean and 95% interval over rounds of three blocks in random order: A and A′ without "
                    "the agent, B with it. CPU time is the whole node's, the agent's own included.")
    rounds, seconds = (3, 1.0) if quick else (40, 2.5)
    effects = compare(results, folder, Load(5, 110, seconds), rounds)
    for name, effect in effects.items():
        verdict = results.limit(f"{name} with the agent", effect.within(LOW, HIGH))
        results.say(f"- {name}: the interval within {LOW} to {HIGH}: {verdict}")
    results.say("\nA tiny handler, for which there is no limit:\n")
    (folder / "tiny").mkdir()
    compare(results, folder / "tiny", Load(0.1, 1000, 1.0), 2 if quick else 15)
