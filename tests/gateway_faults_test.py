#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What goes wrong behind the gateway, before it and in it: a clear answer, and no request sent twice."""
import pathlib
import resource
import time

from harness import case, gateway, processes
from harness.gateway import GET, OK
from harness.gateway_case import GatewayCase, post


class Faults(GatewayCase):
    def test_instance_that_dies_is_a_502_and_not_asked_again(self):
        self.start(instances=2)
        for end in ("close", "reset"):
            client = self.client(GET)
            upstream, _ = self.first_taken()
            getattr(upstream, end)()
            self.assertEqual(502, client.status())
            for instance in self.instances:
                self.assertTrue(instance.nobody_came(0.1))

    def first_taken(self):
        """From whichever instance the gateway has chosen."""
        for instance in self.instances * 50:
            instance.listener.settimeout(0.1)
            try:
                wire = instance.accept()
            except TimeoutError:
                continue
            self.undo.callback(wire.close)
            return wire, wire.hear_until(b"\r\n\r\n")
        raise AssertionError("the gateway came to no instance")

    def test_refused_connection_goes_to_another_instance(self):
        self.start(instances=3)
        self.instances[0].close()
        self.instances[1].close()
        for _ in range(3):
            client = self.client(GET)
            upstream, _ = self.taken(2)
            self.assertEqual(b"ok", self.exchange(client, upstream)[1])
            upstream.close()
        self.assertGreaterEqual(self.gateway.metric("retried_total"), 2)

    def test_nobody_can_be_reached(self):
        self.start()
        self.instances[0].close()
        client = self.client(GET)
        self.assertEqual(502, client.status())
        client.say(GET)
        self.assertEqual(502, client.status())

    def test_death_in_the_middle_of_an_answer_is_seen_by_the_client(self):
        self.start()
        client = self.client(GET)
        upstream, _ = self.taken()
        upstream.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")
        client.hear_until(b"ab")
        upstream.reset()
        self.assertNotIn(b"0\r\n\r\n", client.hear_to_end())

    def test_connection_that_the_instance_closed_is_not_used_again(self):
        self.start()
        client = self.client()
        for _ in range(20):
            client.say(GET)
            upstream, _ = self.taken()
            self.assertEqual(b"ok", self.exchange(client, upstream)[1])
            upstream.close()

    def test_client_that_leaves_cancels(self):
        self.start()
        client = self.client(GET)
        upstream, _ = self.taken()
        client.close()
        self.assertEqual(b"", upstream.hear_to_end())
        processes.wait_until(lambda: self.gateway.metric("aborted_total") == 1, "it counts as aborted")
        self.assertEqual(0, self.gateway.metric("requests_in_flight"))

    def test_slow_client_keeps_nobody_waiting(self):
        self.start()
        slow = self.client()
        for byte in GET:
            slow.say(bytes([byte]))
        upstream, _ = self.taken()
        quick = self.client(GET)
        other, _ = self.taken()
        self.assertEqual(b"ok", self.exchange(quick, other)[1])
        self.assertEqual(b"ok", self.exchange(slow, upstream)[1])

    def test_early_answer_to_a_large_upload(self):
        self.start()
        client = self.client(post(1 << 30) + b"x" * 100)
        upstream, _ = self.taken()
        upstream.say(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        self.assertEqual(413, client.status())
        self.assertEqual(b"", client.hear_to_end())

    def test_end_after_continue_is_no_answer(self):
        self.start()
        client = self.client(post(2, "Expect: 100-continue\r\n"))
        upstream, _ = self.taken()
        upstream.say(b"HTTP/1.1 100 Continue\r\n\r\n")
        upstream.close()
        client.hear_until(b"100 Continue\r\n\r\n")
        self.assertEqual(502, client.status())

    def test_body_that_stops_coming_is_a_408(self):
        self.start("--stall-time", "0.5")
        client = self.client(post(6) + b"abc")
        upstream, _ = self.taken()
        self.assertEqual(408, client.status())
        self.assertEqual(b"abc", upstream.hear_to_end())

    def test_stall_time_is_not_of_the_work(self):
        self.start("--stall-time", "0.2")
        client = self.client(post(3, "Expect: 100-continue\r\n") + b"abc")
        upstream, _ = self.taken()
        upstream.say(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(1)
        upstream.say(OK)
        client.hear_until(b"100 Continue\r\n\r\n")
        self.assertEqual(200, client.status())

    def test_own_lack_of_descriptors_is_a_503(self):
        self.start()
        client = self.client(GET.replace(b"hello", b"other"))
        self.assertEqual(404, client.status())
        pid = self.gateway.process.pid
        soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        self.assertEqual(hard, soft)
        used = {int(entry.name) for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir()}
        free = min(set(range(len(used) + 1)) - used)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (free, hard))
        client.say(GET)
        head, body = client.message()
        self.assertIn(b" 503 ", head)
        self.assertIn(b"Too many open files", body)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (hard, hard))
        client.say(GET)
        upstream, _ = self.taken()
        self.assertEqual(b"ok", self.exchange(client, upstream)[1])

    def test_silence_is_a_504(self):
        self.start("--response-time", "0.5")
        client = self.client(GET)
        upstream, _ = self.taken()
        self.assertEqual(504, client.status())
        self.assertEqual(b"", upstream.hear_to_end())

    def test_answers_that_are_none(self):
        self.start()
        for answer in (b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
                       b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", b"HTTP/1.1 101 Hm\r\n\r\n",
                       b"HTTP/1.1 200 OK\r\nX: " + b"a" * 40000 + b"\r\n\r\n"):
            with self.subTest(answer[:40]):
                client = self.client(GET)
                upstream, _ = self.taken()
                upstream.say(answer)
                self.assertEqual(502, client.status())


if __name__ == "__main__":
    case.main()
