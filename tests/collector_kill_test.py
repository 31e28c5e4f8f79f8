#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random moments while 200 records and some events come in each second: what was acknowledged is
stored, and once. 5 rounds; FAASTAX_FULL=1: 100, and as many of the collector and PostgreSQL by turns."""
import json
import random
import subprocess
import threading
import time

from harness import case, collector, paths, postgres, processes

ROUNDS = 100 if paths.full() else 5
SHORTEST, LONGEST = 0.2, 1.2  # seconds between two kills
RATE, AGENTS, BATCH = 200, 4, 10


class EventSource(threading.Thread):
    """A control plane: posts two events at a time, each until it is told that they are stored."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        self.stored = []
        self.deferred = 0
        self._ending = threading.Event()

    def run(self):
        number = 0
        while not self._ending.is_set():
            events = [collector.decision(number), collector.decision(number + 1)]
            while not self._post(events):
                time.sleep(0.02)
            self.stored += [event["id"] for event in events]
            number += 2

    def _post(self, events):
        try:
            status, text = self.server.post(events, collector.BATCHED)
        except OSError:
            return False
        if status == 503:
            self.deferred += 1
            return False
        if status != 200:
            raise AssertionError(f"{status}: {text}")
        return True

    def finish(self):
        """Ends when what it has sent is stored."""
        self._ending.set()
        self.join(60)
        if self.is_alive():
            raise AssertionError("events are not taken any more")


class Supervisor(threading.Thread):
    """Starts the collector again whenever it has ended, as systemd would: also when it found no database."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        self._ending = threading.Event()

    def run(self):
        while not self._ending.wait(0.02):
            if self.server.process.poll() is not None:
                self.server.start(ready=False)

    def finish(self):
        """Supervises no more."""
        self._ending.set()
        self.join()


class Kills(case.SystemTest):
    def setUp(self):
        super().setUp()
        seed = random.randrange(1 << 32)
        case.say(f"seed {seed}")
        self.random = random.Random(seed)
        self.uids = self.dir / "uids"

    def play(self, server, kill):
        """Loads the collector, calls `kill` at random moments, and returns what it was told to be stored."""
        seconds = ROUNDS * (SHORTEST + LONGEST)
        load = self.using(processes.child(
            server.load_command("--agents", AGENTS, "--rate", RATE, "--batch", BATCH, "--seconds", seconds,
                                "--acknowledged", self.uids), stdout=subprocess.PIPE, text=True))
        events, supervisor = EventSource(server), Supervisor(server)
        events.start()
        supervisor.start()
        self.undo.callback(supervisor.finish)
        for _ in range(ROUNDS):
            time.sleep(self.random.uniform(SHORTEST, LONGEST))
            kill()
        result = json.loads(load.communicate(timeout=seconds + 120)[0])
        events.finish()
        supervisor.finish()
        self.assertEqual((0, 0), (result["left"], result["refused"]), result)
        self.assertGreater(result["breaks"], 0)
        case.say(f"{ROUNDS} rounds: {result['acknowledged']} records, {len(events.stored)} events acknowledged, "
                 f"{result['breaks']} streams broken, {events.deferred} requests deferred")
        return self.uids.read_text(encoding="ascii").split(), events.stored

    def check(self, acknowledged, stored, what):
        """Each acknowledged one is there, and nothing twice."""
        self.assertTrue(acknowledged, what)
        self.assertEqual(len(acknowledged), len(set(acknowledged)), f"{what} acknowledged twice")
        self.assertEqual(len(stored), len(set(stored)), f"{what} stored twice")
        self.assertEqual(set(), set(acknowledged) - set(stored), f"{what} lost")

    def check_sums(self, server, instances):
        """What rows cannot show, since no key can be there twice: that each was also summed up once."""
        text = processes.run([paths.program("faastax"), "report", "--store", server.url, "--since", "6h", "--format",
                              "json"])
        self.assertEqual(instances, json.loads(text)["instances"]["started"], "summed up")

    def test_collector_on_sqlite(self):
        server = self.using(collector.running(self.dir))
        records, events = self.play(server, server.kill)
        self.check(records, [collector.uid_of(uid) for uid, in server.rows("SELECT uid FROM instance")], "records")
        self.check(events, [row[0] for row in server.rows("SELECT event_id FROM scaling_event")], "events")
        self.check_sums(server, server.rows("SELECT count(*) FROM instance")[0][0])
        self.assertEqual([("ok",)], server.rows("PRAGMA integrity_check"))

    def test_collector_and_postgres(self):
        if not paths.full():
            self.skipTest("PostgreSQL is killed in ./dev check --full")
        database = self.using(postgres.server())
        server = self.using(collector.running(self.dir, store=database.url))

        def kill():
            if self.random.random() < 0.5:
                database.kill()
                database.start()
            else:
                server.kill()

        records, events = self.play(server, kill)
        uids = [collector.uid_of(bytes.fromhex(row)) for row in
                database.query("SELECT encode(uid, 'hex') FROM instance")]
        self.check(records, uids, "records")
        self.check_sums(server, len(uids))
        self.check(events, database.query("SELECT event_id FROM scaling_event"), "events")


if __name__ == "__main__":
    case.main()
