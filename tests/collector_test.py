#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The collector as agents and control planes see it: what it stores, what it refuses and how it says so."""
import json
import shutil
import socket
import subprocess
import time

from harness import case, collector, paths, processes
from harness.collector import batch, decision, instance, node_ledger

SECOND = 1_000_000_000
INVALID_ARGUMENT, RESOURCE_EXHAUSTED, UNAVAILABLE = 3, 8, 14


class Records(case.SystemTest):
    def setUp(self):
        super().setUp()
        self.collector = self.using(collector.running(self.dir))

    def send(self, *batches):
        """The acknowledgements; the stream must end well."""
        answers, status, message = self.collector.replay(batches)
        self.assertEqual(0, status, message)
        self.assertEqual([b["number"] for b in batches], [int(answer["number"]) for answer in answers])
        return answers

    def outcomes(self):
        return {name: int(self.collector.total("faastax_collector_records_total", outcome=name))
                for name in ("new", "replaced", "repeated", "refused")}

    def test_stored_once_however_often_sent(self):
        now = time.time_ns()
        first = batch(1, instance("b", 1), instance("b", 2), node_ledger(1, now - SECOND, now))
        # One after the other: what is stored together is compared before it counts as new.
        for sent in (first, batch(2, instance("b", 1, sequence=2)), {**first, "number": 3}):
            self.send(sent)
        self.assertEqual({"new": 3, "replaced": 1, "repeated": 3, "refused": 0}, self.outcomes())
        self.assertEqual([(2,)], self.collector.rows("SELECT count(*) FROM instance"))
        self.assertEqual([(1,)], self.collector.rows("SELECT count(*) FROM node_ledger"))

    def test_refusals_have_a_reason(self):
        now = time.time_ns()
        answers = self.send(batch(
            1, instance("b", 1), instance("b", 2, observed=now + 600 * SECOND), {}, instance("b", 4, node=""),
            node_ledger(1, now, now - SECOND), instance("b", 3, function="a\u0001b")))
        reasons = {refused["index"]: refused["reason"] for refused in answers[0]["refused"]}
        self.assertEqual({1, 2, 3, 4, 5}, set(reasons))
        for index, word in ((1, "in the future"), (2, "update the collector"), (3, "node is missing"),
                            (4, "set back"), (5, "control characters")):
            self.assertIn(word, reasons[index])
        self.assertEqual({"new": 1, "replaced": 0, "repeated": 0, "refused": 5}, self.outcomes())
        self.assertEqual(1, self.collector.total("faastax_collector_refused_records_total", reason="future"))

    def test_a_batch_too_large(self):
        _, status, message = self.collector.replay([batch(1, *(instance("b", i) for i in range(101)))])
        self.assertEqual((INVALID_ARGUMENT, True), (status, "at most 100" in message), message)
        _, status, _ = self.collector.replay([batch(1, instance("b", 1, function="x" * (5 << 20)))])
        self.assertEqual(RESOURCE_EXHAUSTED, status)
        self.assertEqual(0, self.outcomes()["new"])
        self.send(batch(1, *(instance("b", i) for i in range(100))))
        self.assertEqual(100, self.outcomes()["new"])

    def test_what_is_noticed(self):
        now = time.time_ns()
        self.send(batch(1, instance("a", 1, observed=now - 9 * SECOND), instance("b", 1, observed=now - 8 * SECOND),
                        instance("a", 2, observed=now - 7 * SECOND), version="99.0"))
        self.send(batch(1, node_ledger(1, now - 40 * SECOND, now - 30 * SECOND),
                        node_ledger(2, now - 15 * SECOND, now - 5 * SECOND)))
        for name in ("shared_node_names", "newer_agent_batches", "clock_jumps"):
            self.assertEqual(1, self.collector.total(f"faastax_collector_{name}_total"), name)
        log = self.collector.log.read_text(encoding="utf-8")
        self.assertIn("two machines send as node 'n1'", log)
        self.assertIn("99.0", log)

    def test_sigterm_answers_for_what_it_took(self):
        uids = self.dir / "uids"
        with processes.child(self.collector.load_command("--agents", 5, "--seconds", 2, "--grace", 1,
                                                         "--acknowledged", uids),
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as load:
            time.sleep(1)
            self.assertEqual(0, self.collector.stop())
            load.wait(30)
        acknowledged = uids.read_text(encoding="ascii").split()
        self.assertTrue(acknowledged)
        stored = [collector.uid_of(uid) for uid, in self.collector.rows("SELECT uid FROM instance")]
        self.assertEqual([], sorted(set(acknowledged) - set(stored)))
        self.assertEqual(len(stored), len(set(stored)))


class Events(case.SystemTest):
    def setUp(self):
        super().setUp()
        self.collector = self.using(collector.running(self.dir))

    def stored(self):
        return sorted(row[0] for row in self.collector.rows("SELECT event_id FROM scaling_event"))

    def test_three_modes_each_once(self):
        self.assertEqual((200, "stored\n"), self.collector.post(decision(1)))
        self.assertEqual((200, "stored\n"), self.collector.post([decision(1), decision(2)], collector.BATCHED))
        event = decision(3)
        headers = {f"ce-{name}": event[name] for name in ("specversion", "type", "source", "id", "time")}
        self.assertEqual((200, "stored\n"),
                         self.collector.post(event["data"], "application/json", headers))
        self.assertEqual((200, "stored\n"), self.collector.post([], collector.BATCHED))
        self.assertEqual(["d-1", "d-2", "d-3"], self.stored())
        for outcome, count in (("new", 3), ("repeated", 1), ("refused", 0)):
            self.assertEqual(count, self.collector.total("faastax_collector_events_total", outcome=outcome))
        labels = {"namespace": "lab", "function": "f1", "track": "regular", "policy": "async"}
        self.assertEqual(3, self.collector.total("faastax_scaling_decisions_total", **labels))

    def test_malformed(self):
        late = {**decision(1), "time": "2999-01-01T00:00:00Z"}
        wrong = ("", "{", "[]", decision(1, to=-1), {**decision(1), "time": "noon"}, late)
        for body in wrong:
            status, text = self.collector.post(body)
            self.assertEqual((400, 1), (status, text.count("\n")), (body, text))
        self.assertEqual(400, self.collector.post(json.dumps([decision(1), {}]), collector.BATCHED)[0])
        self.assertEqual(400, self.collector.post("x", "text/plain")[0])
        self.assertEqual([], self.stored())
        self.assertEqual(405, self.collector.ask("GET", "/v1/events")[0])
        self.assertEqual(404, self.collector.ask("POST", "/v1/other")[0])

    def test_oversized_body(self):
        status, _ = self.collector.post(" " * (1 << 20) + "{}")
        self.assertEqual(413, status)
        self.assertEqual(0, self.collector.total("faastax_collector_waiting_bytes"))

    def test_delay_from_decision_to_ready(self):
        ready = {**decision(1), "type": "dev.faastax.scaling.instance.v1", "id": "i-1",
                 "data": {"decision_id": "d-1", "instance": "s1", "node": "n1", "namespace": "lab",
                          "function": "f1", "track": "regular", "state": "ready", "reason": "decision"}}
        self.assertEqual(200, self.collector.post([decision(1), ready], collector.BATCHED)[0])
        self.collector.samples()
        self.assertEqual(1, self.collector.total("faastax_scaling_delay_seconds_count", policy="async"))


class Guarded(case.SystemTest):
    """Tokens, certificates, and addresses that others reach."""

    def test_token(self):
        token = self.dir / "token"
        token.write_text("s3cret\n", encoding="utf-8")
        server = self.using(collector.running(self.dir, ["--events-token", token]))
        self.assertEqual(401, server.post(decision(1))[0])
        self.assertEqual(401, server.post(decision(1), headers={"Authorization": "Bearer wrong"})[0])
        self.assertEqual(200, server.post(decision(1), headers={"Authorization": "Bearer s3cret"})[0])
        self.assertEqual(200, server.ask("GET", "/metrics")[0])
        token.write_text("changed", encoding="utf-8")
        changed = {"Authorization": "Bearer changed"}
        processes.wait_until(lambda: server.post(decision(1), headers=changed)[0] == 200, "the new token counts")
        self.assertEqual(401, server.post(decision(1), headers={"Authorization": "Bearer s3cret"})[0])
        token.write_text("\n", encoding="utf-8")
        processes.wait_until(lambda: server.total("faastax_collector_reload_failures_total", file="token") == 1,
                             "a token file without a token is counted")
        self.assertIn("has no token", server.log.read_text(encoding="utf-8"))
        self.assertEqual(200, server.post(decision(1), headers=changed)[0])

    def test_certificates(self):
        ours, other = (collector.Authority(self.dir, name) for name in ("ours", "other"))
        certificate, key = ours.issue("server")
        server = collector.Collector(self.dir, ["--tls-certificate", certificate, "--tls-key", key,
                                                "--tls-client-ca", ours.certificate])
        self.undo.callback(server.stop)
        server.start(ready=False)
        context = ours.context()
        processes.wait_until(lambda: self.answers(server, context), "it answers over TLS")
        self.assertEqual(200, server.post(decision(1), context=context)[0])
        with self.assertRaises(OSError):
            server.ask("GET", "/healthz")  # in clear text
        good = self.client(ours, ours.issue("agent"))
        self.assertEqual(0, server.replay([batch(1, instance("b", 1))], good)[1])
        for name, refused in (("expired", self.client(ours, ours.issue("expired", days=-1))),
                              ("of another authority", self.client(ours, other.issue("foreign"))),
                              ("none", ["--ca", ours.certificate])):
            answers, status, _ = server.replay([batch(1, instance("b", 2))], refused)
            self.assertEqual(([], UNAVAILABLE), (answers, status), name)
        self.assertEqual([(1,)], server.rows("SELECT count(*) FROM instance"))
        self.check_renewal(server, (certificate, key), context, good)

    def check_renewal(self, server, files, context, client):
        """Files that change are read again: an expired certificate is noticed by the clients."""
        ours = collector.Authority(self.dir, "renewed")
        for new, old in zip(ours.issue("server-2"), files):
            shutil.copy(new, old)
        processes.wait_until(lambda: self.answers(server, ours.context()), "the new certificate is shown")
        self.assertFalse(self.answers(server, context))
        renewed = [ours.certificate if word == client[1] else word for word in client]
        processes.wait_until(lambda: server.replay([batch(1, instance("b", 3))], renewed)[1] == 0,
                             "gRPC shows it too")

    @staticmethod
    def client(authority, files):
        return ["--ca", authority.certificate, "--certificate", files[0], "--key", files[1]]

    @staticmethod
    def answers(server, context):
        try:
            return server.ask("GET", "/readyz", context=context)[0] == 200
        except OSError:
            return False

    def refused(self, *arguments):
        """The one line with which it does not start."""
        options = {"--listen": "127.0.0.1:0", "--listen-http": "127.0.0.1:0", "--store": self.dir / "c.db",
                   **dict(zip(arguments[::2], arguments[1::2]))}
        words = [str(word) for option in options.items() for word in option]
        done = subprocess.run([paths.program("faastax-collector"), *words], capture_output=True, text=True,
                              check=False, timeout=30)
        lines = [line for line in done.stderr.splitlines() if line.startswith("faastax-collector: ")]
        self.assertEqual((1, 1), (done.returncode, len(lines)), done.stderr)
        return lines[0]

    def test_does_not_start(self):
        self.assertIn("--insecure", self.refused("--listen", "0.0.0.0:0"))
        self.assertIn("--insecure", self.refused("--listen-http", "0.0.0.0:0"))
        self.assertIn("both", self.refused("--tls-key", "/k"))
        self.assertIn("/no/such", self.refused("--tls-key", "/no/such/k", "--tls-certificate", "/no/such/c"))
        self.assertIn("/no/token", self.refused("--events-token", "/no/token"))
        self.assertIn("/no/such/folder", self.refused("--store", "/no/such/folder/c.db"))
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            self.assertIn(address, self.refused("--listen", address))
            self.assertIn(address, self.refused("--listen-http", address))


class FullDisk(case.SystemTest):
    """A store that cannot be written to: a clear state, those who send wait, and it goes on by itself."""

    def test_full_disk(self):
        disk = self.dir / "disk"
        disk.mkdir()
        processes.run(["mount", "-t", "tmpfs", "-o", "size=3m", "faastax-collector-test", disk])
        self.undo.callback(processes.run, ["umount", "-l", disk])
        server = self.using(collector.running(self.dir, store=f"sqlite:{disk}/collector.db"))
        server.store = disk / "collector.db"
        uids = self.dir / "uids"
        load = self.using(processes.child(
            server.load_command("--agents", 3, "--rate", 2000, "--seconds", 5, "--acknowledged", uids),
            stdout=subprocess.PIPE, text=True))
        processes.wait_until(lambda: server.ready()[0] == 503, "the disk is full")
        status, reason = server.ready()
        self.assertEqual((503, 1), (status, reason.count("\n")), reason)
        self.assertIn("unavailable", reason)
        status, text = server.post(decision(1))
        self.assertEqual(503, status, text)
        self.assertEqual(0, server.total("faastax_collector_store_available"))
        self.check_read_only(server, disk)
        processes.run(["mount", "-o", "remount,rw,size=100m", disk])
        processes.wait_until(lambda: server.ready()[0] == 200, "it recovers")
        self.assertEqual(200, server.post(decision(1))[0])
        result = json.loads(load.communicate(timeout=60)[0])
        self.assertEqual((0, 0), (result["left"], result["refused"]), result)
        self.assertEqual([(result["acknowledged"],)], server.rows("SELECT count(*) FROM instance"))

    def check_read_only(self, server, disk):
        """What a file system becomes after an error on its disk."""
        def remounted():  # not while the store tries to write
            return subprocess.run(["mount", "-o", "remount,ro,size=100m", disk], capture_output=True,
                                  check=False).returncode == 0
        processes.wait_until(remounted, "the disk is read-only", pause=0.005)
        processes.wait_until(lambda: "read-only disk" in server.ready()[1], "the state says so")
        self.assertEqual(503, server.ready()[0])


if __name__ == "__main__":
    case.main()
