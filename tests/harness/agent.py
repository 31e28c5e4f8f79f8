# SPDX-License-Identifier: Apache-2.0
"""faastax-agent on a free port of the loopback interface."""
import re
from contextlib import contextmanager

from harness import http_client, paths, processes
from harness.ports import free_port

SAMPLE = re.compile(r'^(?P<name>[a-z_]+)(?:\{(?P<labels>[^}]*)\})? (?P<value>\S+)$')


def parse(text):
    """{(name, frozenset of (label, value)): value} of Prometheus' text format."""
    found = {}
    for line in text.splitlines():
        match = SAMPLE.match(line)
        if match:
            labels = frozenset(re.findall(r'([a-z_]+)="((?:[^"\\]|\\.)*)"', match["labels"] or ""))
            found[match["name"], labels] = float(match["value"])
    return found


def total(samples, name, **labels):
    """Sum over all series of a metric that carry these labels."""
    return sum(value for (metric, has), value in samples.items()
               if metric == name and set(labels.items()) <= has)


class Agent:
    """A running agent."""

    def __init__(self, process, port, log):
        self.process = process
        self.port = port
        self.log = log

    def text(self, path="/metrics"):
        """What it answers."""
        return http_client.get(f"http://127.0.0.1:{self.port}{path}")

    def samples(self):
        """One scrape."""
        return parse(self.text())

    def is_ready(self):
        """True once it answers /readyz; an agent that has ended is a failure."""
        if self.process.poll() is not None:
            raise AssertionError("the agent ended: " + self.log.read_text(encoding="utf-8"))
        try:
            self.text("/readyz")
        except OSError:
            return False
        return True


def configuration(folder, port, more=""):
    """Writes a configuration file; `more` are lines of YAML beside where it listens."""
    path = folder / f"agent-{port}.yaml"
    path.write_text(f"listen: 127.0.0.1:{port}\n{more}", encoding="utf-8")
    return path


@contextmanager
def running(folder, more="", prefix=()):
    """An agent that is ready, stopped at the end of the block. `prefix` are words before its command."""
    port = free_port()
    log = folder / f"agent-{port}.log"
    command = [*prefix, paths.program("faastax-agent"), "--config", configuration(folder, port, more)]
    with open(log, "wb") as out, processes.child(command, stdout=out, stderr=out) as process:
        agent = Agent(process, port, log)
        processes.wait_until(agent.is_ready, "the agent is ready", seconds=30)
        yield agent
