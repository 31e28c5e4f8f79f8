#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random moments while 200 records and some events come in each second: what was acknowledged is
stored, and once. 5 rounds; FAASTAX_FULL=1: 100, and as many in which the collector, a real agent and PostgreSQL die."""
import json
import random
import subprocess
import threading
import time
from collections import Counter
from contextlib import ExitStack

from harness import agent, case, collector, oci, paths, postgres, processes, records

ROUNDS = paths.rounds(5)
SHORTEST, LONGEST = 0.2, 1.2  # seconds between two kills
RATE, AGENTS, BATCH = 200, 4, 10
TEXT_UID = b"\x01"  # how an uid begins in the store whose boot is no UUID: the load generator's


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


class Watcher:
    """A real agent that sends every second, and small sandboxes for it to see. After its death another one goes on
    with its spool."""

    def __init__(self, folder, server):
        self.folder = folder
        self.spool = folder / "spool"
        self.config = (f"collector: {{address: '127.0.0.1:{server.port}', period: 1s, instance_period: 1s}}\n"
                       f"spool: {{folder: {self.spool}}}\n")
        self.runtime = oci.Runtime("crun", folder)
        self.bundle = oci.bundle(folder / "bundle", ["/bin/true"])
        self.seen = []  # in the spool of one that had just died
        self.running = None
        self._life = ExitStack()

    def start(self):
        """Returns when it is attached."""
        self.running = self._life.enter_context(agent.running(self.folder, self.config))

    def churn(self, name):
        """A few sandboxes, one after the other."""
        processes.run(self.runtime.loop(self.bundle, name, 3))

    def kill(self):
        """kill -9; what it had to send by then is remembered."""
        self.running.process.kill()
        self.running.process.wait()
        self.seen += records.spooled(self.spool)[0].values()
        self._life.close()
        self.start()

    def finish(self):
        """An orderly end, when all is sent; how many records were lost."""
        processes.wait_until(lambda: agent.total(self.running.samples(), "faastax_agent_spool_records") == 0,
                             "all records are sent", seconds=60, pause=0.2)
        lost = agent.total(self.running.samples(), "faastax_agent_lost_total", kind="records")
        self._life.close()
        return lost


class Kills(case.SystemTest):
    def setUp(self):
        super().setUp()
        seed = random.randrange(1 << 32)
        case.say(f"seed {seed}")
        self.random = random.Random(seed)
        self.uids = self.dir / "uids"

    def play(self, server, kill, longest_kill=0.2):
        """Loads the collector, calls `kill` at random moments, and returns what it was told to be stored."""
        seconds = ROUNDS * (LONGEST + longest_kill)
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

    def test_collector_agent_and_postgres(self):
        if not paths.full():
            self.skipTest("an agent and PostgreSQL are killed in ./dev check --full")
        database = self.using(postgres.server())
        server = self.using(collector.running(self.dir, store=database.url))
        watcher = Watcher(self.dir, server)
        watcher.start()
        killed = Counter()

        def kill_database():
            database.kill()
            database.start()

        def kill():
            # Each in turn, in an order that nobody chose: all of them die however few rounds there are.
            watcher.churn(f"fxk{killed.total()}")
            victims = {"collector": server.kill, "agent": watcher.kill, "PostgreSQL": kill_database}
            least = min(killed[name] for name in victims)
            victim = self.random.choice([name for name in victims if killed[name] == least])
            killed[victim] += 1
            victims[victim]()

        acknowledged, events = self.play(server, kill, longest_kill=2.5)
        self.assertEqual(0, watcher.finish(), "records of the agent were lost")
        server.stop()
        case.say(f"killed: {dict(killed)}; {len(watcher.seen)} records seen in the spool of a dead agent")
        stored = [bytes.fromhex(row) for row in database.query("SELECT encode(uid, 'hex') FROM instance")]
        loaded = [collector.uid_of(uid) for uid in stored if uid[:1] == TEXT_UID]
        self.check(acknowledged, loaded, "records")
        self.check_agent(watcher, database)
        self.check_sums(server, len(stored))
        self.check(events, database.query("SELECT event_id FROM scaling_event"), "events")

    def check_agent(self, watcher, database):
        """Every period of each life is there, and once; and all that a dead one had in its spool."""
        def read(table, parse):
            return [parse(bytes.fromhex(row)) for row in database.query(f"SELECT encode(record, 'hex') FROM {table}")]

        ledgers, instances = read("node_ledger", records.node_ledger), read("instance", records.instance)
        lives = {}
        for ledger in ledgers:
            lives.setdefault(ledger.agent, []).append(ledger.sequence)
        for life, sequences in lives.items():
            self.assertEqual(list(range(1, len(sequences) + 1)), sorted(sequences), life)
        sequences = {one.uid: one.sequence for one in instances}
        self.assertTrue(watcher.seen)
        for record in watcher.seen:
            if isinstance(record, records.Instance):
                self.assertGreaterEqual(sequences[record.uid], record.sequence)
            else:
                self.assertIn(record, ledgers)
        self.assertEqual(0, sum(ledger.lost_records for ledger in ledgers))
        seen = sum(one.sandbox.startswith("fxk") for one in instances)
        case.say(f"{len(lives)} lives of the agent, {len(ledgers)} periods, {seen} of its sandboxes stored")

    def test_a_postgres_that_does_not_answer_is_told(self):
        if not paths.full():
            self.skipTest("takes half a minute: in ./dev check --full")
        database = self.using(postgres.server())
        server = self.using(collector.running(self.dir, store=database.url))
        database.pause()
        self.undo.callback(database.go_on)
        began = time.monotonic()
        processes.wait_until(lambda: server.ready()[0] == 503, "the state says so", seconds=40, pause=0.5)
        took = time.monotonic() - began
        self.assertLess(took, 30)
        self.assertIn("unavailable: postgres://", server.ready()[1])
        self.assertEqual(503, server.post(collector.decision(1))[0])
        database.go_on()
        processes.wait_until(lambda: server.ready()[0] == 200, "it recovers", seconds=40, pause=0.2)
        self.assertEqual(200, server.post(collector.decision(1))[0])
        case.say(f"told after {took:.1f} s")


if __name__ == "__main__":
    case.main()
