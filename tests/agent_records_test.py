#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What an agent records reaches the collector, each record once, whoever dies meanwhile; and what the spool had
no room for is counted to the last one."""
import random
import time
from collections import Counter

from harness import agent, case, collector, oci, paths, processes, records

ROUNDS = paths.rounds(1)
MEBIBYTE = 1 << 20


class AgentRecords(case.SystemTest):
    def setUp(self):
        super().setUp()
        self.spool = self.dir / "spool"
        self.collector = collector.Collector(self.dir)
        self.undo.callback(self.collector.stop)

    def agent(self, more="", size="256MiB"):
        """An agent that tells the collector something every second."""
        return agent.running(self.dir, f"collector: {{address: '127.0.0.1:{self.collector.port}', period: 1s, "
                                       f"instance_period: 1s{more}}}\nspool: {{folder: {self.spool}, size: {size}}}\n")

    def churn(self, name, count):
        """Sandboxes that run and end, one after the other."""
        runtime = oci.Runtime("crun", self.dir)
        bundle = oci.bundle(self.dir / "bundle", ["/bin/true"])
        return processes.child(runtime.loop(bundle, name, count))

    def wait_sent(self, running):
        """Until nothing waits in the spool."""
        processes.wait_until(lambda: agent.total(running.samples(), "faastax_agent_spool_records") == 0,
                             "all records are sent", seconds=40, pause=0.2)

    def assert_no_gap(self, ledgers):
        """Of each agent's life every period is there, from the first on."""
        lives = {}
        for ledger in ledgers:
            lives.setdefault(ledger.agent, []).append(ledger.sequence)
        for life, sequences in lives.items():
            self.assertEqual(list(range(1, len(sequences) + 1)), sorted(sequences), life)
        return lives

    def test_whoever_dies_nothing_is_lost(self):
        self.collector.start()
        handed_over = []
        for number in range(ROUNDS):
            with self.agent() as running, self.churn(f"fxas{number}", 25) as loop:
                time.sleep(random.uniform(0.2, 1.5))
                self.collector.kill()
                loop.wait()
                time.sleep(random.uniform(2, 4))
                running.process.kill()
                running.process.wait()
                # What was in the spool at that moment, and not what the next agent makes of it.
                handed_over += records.spooled(self.spool)[0].values()
            self.collector.start()
        with self.agent() as running, self.churn("fxaslast", 10) as loop:
            loop.wait()
            time.sleep(3.5)
            self.wait_sent(running)
            resident = processes.resident_bytes(running.process.pid) / MEBIBYTE
            self.assertLessEqual(resident, 50)
            self.assertEqual(0, agent.total(running.samples(), "faastax_agent_lost_total"))
            self.assertEqual(0, agent.total(running.samples(), "faastax_agent_records_total", outcome="refused"))
        instances, ledgers = records.stored(self.collector)
        self.assertEqual(ROUNDS + 1, len(self.assert_no_gap(ledgers)))
        self.assertEqual(0, sum(ledger.lost_records for ledger in ledgers))
        self.assert_has_all(handed_over, instances, ledgers)
        last = Counter(one.sandbox for one in instances if one.sandbox.startswith("fxaslast"))
        self.assertEqual({f"fxaslast-{i}": 1 for i in range(1, 11)}, last)
        self.assertEqual({"crun"}, {one.runtime for one in instances if one.sandbox.startswith("fxas")})
        self.assertTrue(all(ledger.has_runtime_versions for ledger in ledgers))
        case.say(f"{ROUNDS} rounds, {len(instances)} instances, {len(ledgers)} periods, "
                 f"{len(handed_over)} records seen in the spool of a dead agent, resident {resident:.1f} MiB")

    def assert_has_all(self, spooled, instances, ledgers):
        """The store has each of these, or a newer state of the same instance, and nothing twice."""
        sequences = {one.uid: one.sequence for one in instances}
        self.assertEqual(len(instances), len(sequences))
        self.assertEqual(len(ledgers), len({(one.agent, one.sequence) for one in ledgers}))
        self.assertGreater(len(spooled), ROUNDS)
        for record in spooled:
            if isinstance(record, records.Instance):
                self.assertGreaterEqual(sequences[record.uid], record.sequence)
            else:
                self.assertIn(record, ledgers)

    def test_what_a_tiny_spool_has_no_room_for_is_counted(self):
        with self.agent(size="16KiB") as running:
            with self.churn("fxtiny", 60) as loop:
                loop.wait()
            processes.wait_until(lambda: self.lost(running) > 0, "the spool overflows", seconds=10)
            running.process.kill()
            running.process.wait()
        _, before = records.spooled(self.spool)
        self.collector.start()
        with self.agent(size="16KiB") as running:
            time.sleep(2)
            self.wait_sent(running)
            lost = self.lost(running)
            running.process.terminate()
            running.process.wait()
        _, following = records.spooled(self.spool)
        self.assertGreater(following, before)
        received = self.collector.total("faastax_collector_records_total")
        self.assertEqual(following, received + lost)
        _, ledgers = records.stored(self.collector)
        self.assertEqual(lost, sum(ledger.lost_records for ledger in ledgers), "told by the records themselves")
        case.say(f"{following} records, {received:.0f} received, {lost:.0f} lost and told")

    def lost(self, running):
        """Records that the spool had no room for."""
        return agent.total(running.samples(), "faastax_agent_lost_total", kind="records")

    def test_a_disk_that_cannot_be_written_stops_nothing(self):
        self.spool.mkdir()
        processes.run(["mount", "-t", "tmpfs", "-o", "size=128k,ro", "fxspool", self.spool])
        self.undo.callback(processes.run, ["umount", self.spool])
        self.collector.start()
        filler = self.spool / "filler"
        with self.agent() as running:
            self.wait_told(running, "Read-only file system; records wait in memory")
            self.assertTrue(running.is_ready())
            processes.run(["mount", "-o", "remount,rw", self.spool])
            self.wait_told(running, "spool: written again")
            self.wait_collected(running, 1)
            with self.assertRaises(OSError), open(filler, "ab", buffering=0) as more:
                while True:
                    more.write(bytes(4096))
            self.wait_told(running, "No space left on device; records wait in memory")
            self.wait_collected(running, 2)  # from there
            self.assertTrue(running.is_ready())
            filler.unlink()
            self.wait_told(running, "spool: written again", times=2)
            self.wait_collected(running, 1)
            self.assertEqual(0, self.lost(running))
        self.assert_no_gap(records.stored(self.collector)[1])

    def wait_collected(self, running, more):
        """Until the collector has stored that many records more."""
        def stored():
            return agent.total(running.samples(), "faastax_agent_records_total", outcome="stored")
        enough = stored() + more
        processes.wait_until(lambda: stored() >= enough, "records are stored", pause=0.1)

    def wait_told(self, running, text, times=1):
        """Until the log has said so that often."""
        processes.wait_until(lambda: running.log.read_text(encoding="utf-8").count(text) == times,
                             f"the log says: {text}")

    def test_with_the_right_certificate_alone(self):
        authority, stranger = (collector.Authority(self.dir, name) for name in ("authority", "stranger"))
        server, server_key = authority.issue("collector")
        config = self.dir / "collector.yaml"
        config.write_text(f"tls: {{certificate: {server}, key: {server_key}, client_ca: {authority.certificate}}}\n",
                          encoding="utf-8")
        self.collector.arguments = ["--config", config]
        self.collector.start(ready=False)
        certificate, key = stranger.issue("agent")
        with self.agent(f", ca: {authority.certificate}, certificate: {certificate}, key: {key}") as running:
            self.wait_told(running, "records wait in the spool")
            samples = running.samples()
            self.assertEqual(0, agent.total(samples, "faastax_agent_records_total"))
            self.assertEqual(0, agent.total(samples, "faastax_agent_collector_up"))
            authority.issue("agent")  # in the same files, which the next connection reads
            self.wait_collected(running, 2)
            self.assertEqual(1, agent.total(running.samples(), "faastax_agent_collector_up"))


if __name__ == "__main__":
    case.main()
