#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Two collectors on one PostgreSQL, agents that move from one to the other with batches that were not acknowledged,
and one of the two killed: the report is the one of a single collector that got everything once."""
import json
import subprocess
import threading
import time

from harness import case, collector, paths, postgres

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
AGENTS, BATCHES, INSTANCES = 6, 24, 8
PAUSE = 0.08  # seconds between two batches of an agent
LOST = 2  # acknowledgements that do not reach an agent that moves
ACTIVITIES = ("CREATE", "INIT", "HANDLE", "IDLE", "TEARDOWN")


def usages(number):
    """CPU of all activities; numbers that differ from record to record."""
    return [{"activity": f"ACTIVITY_{name}", "inferred": inferred, "nanoseconds": 1000 * number + 37 * i,
             "cycles": 3 * number + i}
            for i, name in enumerate(ACTIVITIES) for inferred in (False, True)]


def snapshot(agent, number, sequence, minute):
    """An instance, while it lives or at its end. What is no integer is a multiple of 1/1024: sums of such are the
    same in any order."""
    created, ends = minute + 5 * SECOND, sequence == 2
    more = {"gone": created + 30 * SECOND, "stopped": created + 29 * SECOND, "ended": "exit:0"} if ends else {}
    return collector.instance(
        f"boot-{agent}", number, sequence, f"node-{agent}", observed=created + (31 if ends else 15) * SECOND,
        sandbox=f"sandbox-{agent}-{number}", namespace="prod", function=f"f{number % 5}", kind="KIND_SERVER",
        track=("TRACK_REGULAR", "TRACK_EMERGENCY")[number % 2], created=created, executed=created + SECOND // 8,
        ready=created + (1 + number % 7) * SECOND // 4, own=usages(number * sequence), served=usages(number + sequence),
        requestsCompleted=number % 3 * sequence, inFlightPeak=1 + number % 4, memoryPeakBytes=number << 10,
        requestSeconds={"buckets": [{"index": 2900 + number % 50, "count": number % 3 * sequence}],
                        "sumSeconds": number % 3 * sequence / 1024},
        memoryByteSeconds={"starting": 1 << 20, "idle": number << 12, "busy": (number % 3) << 14, "stopping": 0.5},
        **more)


def period(agent, sequence, start):
    """A node's ledger of a minute."""
    ledger = collector.node_ledger(sequence, start, start + MINUTE, f"node-{agent}", f"boot-{agent}-1")
    cells = [{"owner": "OWNER_KIND_COMPONENT", "component": name, "usage": usage}
             for name, usage in zip(("runc", "containerd", "cni:bridge"), usages(sequence))]
    ledger["nodeLedger"].update(
        kernel="6.1", cpus=2, cgroup="v2", cycleSource="exact", cells=cells, wallNanoseconds=2 * MINUTE,
        idleNanoseconds=2 * MINUTE - 3 * SECOND, overheadByteSeconds=sequence / 4, lostEvents=sequence % 2)
    return ledger


def batches_of(agent, first_minute):
    """What an agent sends: of each minute the instances that began, those of the minute before at their end, and the
    node's ledger."""
    batches = []
    for minute in range(BATCHES):
        start = first_minute + minute * MINUTE
        numbers = range(minute * INSTANCES + 1, (minute + 1) * INSTANCES + 1)
        records = [snapshot(agent, number, 1, start) for number in numbers]
        if minute:
            records += [snapshot(agent, number - INSTANCES, 2, start - MINUTE) for number in numbers]
        batches.append(collector.batch(minute + 1, *records, period(agent, minute + 1, start)))
    return batches


def events_of(first_minute):
    """Decisions, and a sandbox of each that another agent's record describes."""
    events = []
    for number in range(1, 40):
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(first_minute // SECOND + 60 * (number // INSTANCES)))
        decided = collector.decision(number, namespace="prod", function=f"f{number % 5}",
                                     policy=("async", "dual")[number % 2])
        placed = {"decision_id": f"d-{number}", "instance": f"sandbox-{number % AGENTS}-{number}", "node": "n",
                  "namespace": "prod", "function": f"f{number % 5}", "track": "regular", "state": "starting",
                  "reason": "decision"}
        events += [{**decided, "time": at}, {**decided, "type": "dev.faastax.scaling.instance.v1", "id": f"i-{number}",
                                             "time": at, "data": placed}]
    return events


class Agent(threading.Thread):
    """Sends its batches one after the other, to the collector that it is told, from the first that is not known to be
    stored."""

    def __init__(self, batches, server):
        super().__init__(daemon=True)
        self.batches, self.server = batches, server
        self.acknowledged = self.sent = 0
        self._moving = threading.Event()

    def move(self, server):
        """The next ones go there, and what the other one has not acknowledged yet."""
        self.server = server
        self._moving.set()

    def run(self):
        while self.acknowledged < len(self.batches):
            self._moving.clear()
            self._send()
            if self.acknowledged < len(self.batches):
                self.acknowledged = max(0, self.acknowledged - LOST)

    def _send(self):
        begin = self.acknowledged
        with subprocess.Popen([paths.helper("send_records"), "--target", f"127.0.0.1:{self.server.port}", "replay"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as stream:
            answers = threading.Thread(target=self._listen, args=(stream,))
            answers.start()
            try:
                for batch in self.batches[begin:]:
                    if self._moving.is_set() or stream.poll() is not None:
                        break
                    stream.stdin.write(json.dumps(batch) + "\n")
                    stream.stdin.flush()
                    self.sent += 1
                    time.sleep(PAUSE)
                if self._moving.is_set():
                    stream.kill()  # with what is on its way
                else:
                    stream.stdin.close()
            except OSError:
                pass  # its collector is gone
            answers.join()

    def _listen(self, stream):
        for line in stream.stdout:
            answer = json.loads(line)
            if "status" not in answer:
                assert not answer["refused"], answer
                self.acknowledged = int(answer["number"])


class TwoCollectors(case.SystemTest):
    def setUp(self):
        super().setUp()
        self.database = self.using(postgres.server("fsync=off"))
        self.first_minute = (time.time_ns() // MINUTE - BATCHES - 5) * MINUTE
        self.batches = [batches_of(agent, self.first_minute) for agent in range(AGENTS)]
        self.events = events_of(self.first_minute)

    def collector(self, name, database):
        folder = self.dir / name
        folder.mkdir()
        return self.using(collector.running(folder, store=self.database.url.removesuffix("postgres") + database))

    def report(self, server):
        line = [paths.program("faastax"), "report", "--store", server.url, "--since", "40m", "--format", "json"]
        done = subprocess.run([str(word) for word in line], capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(0, done.returncode, done.stderr)
        return json.loads(done.stdout)

    def post(self, server, events):
        status, text = server.post(events, collector.BATCHED)
        self.assertEqual(200, status, text)

    def test_the_report_is_that_of_one(self):
        for name in ("alone", "shared"):
            self.database.query(f"CREATE DATABASE {name}")
        alone = self.collector("alone", "alone")
        self.post(alone, self.events)
        for batches in self.batches:
            answers, status, message = alone.replay(batches)
            self.assertEqual((len(batches), 0), (len(answers), status), message)
        agents = self.play(self.collector("one", "shared"), self.collector("other", "shared"))
        self.assertEqual([BATCHES] * AGENTS, [agent.acknowledged for agent in agents])
        for _ in range(2):  # one more when a minute passes between the two
            expected, found = self.report(alone), self.report(self.shared)
            if expected["window"] == found["window"]:
                break
        self.maxDiff = None
        self.assertEqual(expected, found)
        self.assertEqual(AGENTS * BATCHES * INSTANCES, found["instances"]["started"])
        self.assertEqual(AGENTS * (BATCHES - 1) * INSTANCES, found["instances"]["stopped"])
        self.assertEqual(len(self.events) // 2, found["scaling"]["decisions"])

    def play(self, one, other):
        """All agents send; one collector is killed while they do and started again, then some move to it."""
        self.shared = one
        agents = [Agent(batches, (one, other)[number % 2]) for number, batches in enumerate(self.batches)]
        for agent in agents:
            agent.start()
        self.post(one, self.events[:40])
        time.sleep(0.3 * BATCHES * PAUSE)
        one.kill()
        for agent in agents[::2]:
            agent.move(other)
        self.post(other, self.events[20:])
        time.sleep(0.3 * BATCHES * PAUSE)
        one.start()
        for agent in agents[1:4]:
            agent.move(one)
        for agent in agents:
            agent.join(60)
        again = sum(agent.sent for agent in agents) - AGENTS * BATCHES
        self.assertGreaterEqual(again, 6 * LOST, "six agents moved")
        repeated = sum(server.total("faastax_collector_records_total", outcome="repeated") for server in (one, other))
        case.say(f"{again} batches sent again, {repeated:.0f} records repeated")
        return agents


if __name__ == "__main__":
    case.main()
