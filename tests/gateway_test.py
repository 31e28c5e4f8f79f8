#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The gateway as a real process between scripted clients and instances: what goes through, what is refused, and
that no request is lost or sent twice."""
import re
import signal
import subprocess
import threading
import time

from harness import case, gateway, paths, processes
from harness.gateway import GET, HOST, OK
from harness.gateway_case import GatewayCase, post


class Relaying(GatewayCase):
    def test_routes_by_host_and_by_header(self):
        self.start()
        client = self.client(GET)
        upstream, head = self.taken()
        self.assertIn(b"\r\nHost: hello.lab.example.com\r\n", head)
        self.assertIn(b"\r\nX-Forwarded-For: 127.0.0.1\r\n", head)
        self.assertEqual(b"ok", self.exchange(client, upstream)[1])
        client.say(b"GET /2 HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Faastax-Function: lab/hello\r\n\r\n")
        self.assertTrue(upstream.hear_until(b"\r\n\r\n").startswith(b"GET /2 HTTP/1.1\r\n"))
        self.exchange(client, upstream)
        client.say(b"GET / HTTP/1.1\r\nHost: other.lab.example.com\r\n\r\n")
        self.assertEqual(404, client.status())
        client.say(GET)
        upstream.hear_until(b"\r\n\r\n")
        self.assertEqual(b"ok", self.exchange(client, upstream)[1])

    def test_fields_of_one_connection_stay(self):
        self.start()
        client = self.client(GET[:-2] + b"Connection: X-Mine, close\r\nX-Mine: 1\r\nKeep-Alive: 5\r\nTE: gzip\r\n"
                             b"X-Other: 2\r\n\r\n")
        upstream, head = self.taken()
        self.assertIn(b"X-Other: 2", head)
        for gone in (b"X-Mine", b"Keep-Alive", b"TE:", b"Connection"):
            self.assertNotIn(gone, head)
        upstream.say(b"HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nX-End: 2\r\n"
                     b"Content-Length: 0\r\n\r\n")
        answer = client.hear_to_end()
        self.assertIn(b"X-End: 2\r\n", answer)
        self.assertIn(b"Connection: close\r\n", answer)
        self.assertNotIn(b"X-Hop", answer)

    def test_body_streams_up_and_answer_down_while_they_come(self):
        self.start()
        client = self.client(post(6) + b"abc")
        upstream, _ = self.taken()
        self.assertEqual(b"abc", upstream.hear(3))
        upstream.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        self.assertTrue(client.hear_until(b"one\r\n").endswith(b"3\r\none\r\n"))
        client.say(b"def")
        self.assertEqual(b"def", upstream.hear(3))
        upstream.say(b"3\r\ntwo\r\n0\r\nX-Sum: 6\r\n\r\n")
        self.assertEqual(b"3\r\ntwo\r\n0\r\nX-Sum: 6\r\n\r\n", client.hear_until(b"6\r\n\r\n"))

    def test_large_bodies_are_not_kept(self):
        self.start()
        size = 64 << 20
        client = self.client(post(size))
        upstream, _ = self.taken()
        sender = threading.Thread(target=lambda: [client.say(b"x" * 65536) for _ in range(size >> 16)])
        sender.start()
        time.sleep(0.5)
        self.assertLess(processes.resident_bytes(self.gateway.process.pid), 32 << 20)
        upstream.skip(size)
        sender.join()
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
        sender = threading.Thread(target=lambda: [upstream.say(answer if i == 0 else b"y" * 65536)
                                                  for i in range(1 + (size >> 16))])
        sender.start()
        time.sleep(0.5)
        self.assertLess(processes.resident_bytes(self.gateway.process.pid), 32 << 20)
        client.hear_until(b"\r\n\r\n")
        client.skip(size)
        sender.join()

    def test_continue_is_the_instances_word(self):
        self.start()
        client = self.client(post(2, "Expect: 100-continue\r\n"))
        upstream, head = self.taken()
        self.assertIn(b"Expect: 100-continue", head)
        upstream.say(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.assertEqual(b"HTTP/1.1 100 Continue\r\n\r\n", client.hear_until(b"\r\n\r\n"))
        client.say(b"hi")
        self.assertEqual(b"hi", upstream.hear(2))
        self.assertEqual(b"ok", self.exchange(client, upstream)[1])

    def test_head_and_no_content_have_no_body(self):
        self.start()
        client = self.client(GET.replace(b"GET", b"HEAD"))
        upstream, _ = self.taken()
        upstream.say(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
        self.assertIn(b"Content-Length: 5000", client.hear_until(b"\r\n\r\n"))
        for answer in (b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"):
            client.say(GET)
            upstream.hear_until(b"\r\n\r\n")
            upstream.say(answer)
            self.assertEqual(answer.split(b"\r\n")[0], client.hear_until(b"\r\n\r\n").split(b"\r\n")[0])
        client.say(GET)
        upstream.hear_until(b"\r\n\r\n")
        self.assertEqual(b"ok", self.exchange(client, upstream)[1])

    def test_requests_sent_ahead_are_answered_in_order(self):
        self.start()
        client = self.client(b"".join(GET.replace(b"GET /", b"GET /%d" % i) for i in range(200)))
        upstream = None
        for i in range(200):
            if upstream is None:
                upstream, head = self.taken()
            else:
                head = upstream.hear_until(b"\r\n\r\n")
            self.assertTrue(head.startswith(b"GET /%d " % i))
            upstream.say(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n%03d" % i)
            self.assertEqual(b"%03d" % i, client.message()[1])

    def test_answer_until_close(self):
        self.start()
        client = self.client(GET)
        upstream, _ = self.taken()
        upstream.say(b"HTTP/1.1 200 OK\r\n\r\nsome")
        upstream.close()
        self.assertTrue(client.hear_until(b"0\r\n\r\n").endswith(b"4\r\nsome\r\n0\r\n\r\n"))
        old = self.client(b"GET / HTTP/1.0\r\nHost: hello.lab\r\n\r\n")
        upstream, _ = self.taken()
        upstream.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n0\r\n\r\n")
        answer = old.hear_to_end()
        self.assertTrue(answer.endswith(b"\r\n\r\nsome"), answer)
        self.assertNotIn(b"chunked", answer)

    def test_upgrade_becomes_a_tunnel(self):
        self.start()
        client = self.client(GET[:-2] + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        upstream, head = self.taken()
        self.assertIn(b"Upgrade: websocket", head)
        upstream.say(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhi")
        self.assertIn(b"101", client.hear_until(b"\r\n\r\n"))
        self.assertEqual(b"hi", client.hear(2))
        client.say(b"\x00up")
        self.assertEqual(b"\x00up", upstream.hear(3))
        upstream.say(b"down\xff")
        self.assertEqual(b"down\xff", client.hear(5))
        upstream.close()
        self.assertEqual(b"", client.hear_to_end())

    def test_counts_are_exact(self):
        self.start("--concurrency", "1")
        stop = threading.Event()

        def serve():
            upstream = self.instances[0].accept()
            self.undo.callback(upstream.close)
            while not stop.is_set():
                try:
                    upstream.hear_until(b"\r\n\r\n")
                except AssertionError:
                    return
                upstream.say(OK)

        thread = threading.Thread(target=serve)
        thread.start()
        done = subprocess.run([paths.tool("h2load"), "--h1", "-n", "3000", "-c", "20", "-H", "X-Faastax-Function: lab/hello",
                               f"http://127.0.0.1:{self.gateway.port}/"], capture_output=True, text=True, check=True,
                              timeout=60)
        self.assertIn("3000 succeeded, 0 failed", done.stdout)
        stop.set()
        self.assertEqual(3000, self.gateway.metric('responses_total{code="2xx"}'))
        self.assertEqual(0, self.gateway.metric("requests_in_flight"))
        self.assertTrue(self.instances[0].nobody_came())
        processes.stop(self.gateway.process)
        thread.join()


class Refusing(GatewayCase):
    def test_malformed_requests(self):
        self.start()
        host = f"Host: {HOST}\r\n".encode()
        for status, request in (
                (400, b"nonsense\r\n\r\n"),
                (400, b"GET / HTTP/1.1\r\n\r\n"),
                (400, b"GET / HTTP/1.1\r\n" + host + host + b"\r\n"),
                (400, b"GET / HTTP/1.1\r\n" + host + b"Bad Name: 1\r\n\r\n"),
                (400, b"GET / HTTP/1.1\r\n" + host + b"X: a\x00b\r\n\r\n"),
                (400, b"POST / HTTP/1.1\r\n" + host + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
                (400, b"POST / HTTP/1.1\r\n" + host + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n"),
                (400, b"POST / HTTP/1.1\r\n" + host + b"Content-Length: -1\r\n\r\n"),
                (501, b"POST / HTTP/1.1\r\n" + host + b"Transfer-Encoding: gzip, chunked\r\n\r\n"),
                (505, b"GET / HTTP/2.0\r\n" + host + b"\r\n"),
                (405, b"CONNECT hello.lab:80 HTTP/1.1\r\n" + host + b"\r\n"),
                (431, b"GET / HTTP/1.1\r\n" + host + b"X: " + b"a" * 20000 + b"\r\n\r\n")):
            with self.subTest(request[:60]):
                client = self.client(request)
                answer = client.hear_to_end()
                self.assertEqual(b"HTTP/1.1 %d" % status, answer[:12], answer)
                self.assertIn(b"Connection: close\r\n", answer)
        self.assertTrue(self.instances[0].nobody_came())

    def test_broken_chunks_end_the_request(self):
        self.start()
        client = self.client(b"POST / HTTP/1.1\r\nHost: hello.lab\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        upstream, _ = self.taken()
        upstream.hear_until(b"abc\r\n")
        client.say(b"xyz\r\n")
        self.assertEqual(400, client.status())
        self.assertEqual(b"", upstream.hear_to_end())

    def test_queue_is_bounded_in_number_and_time(self):
        self.start("--concurrency", "1", "--queue", "1", "--queue-time", "1")
        first = self.client(GET)
        upstream, _ = self.taken()
        waiting = self.client(GET)
        processes.wait_until(lambda: self.gateway.metric("requests_in_flight") == 2, "one waits")
        self.assertEqual(503, self.client(GET).status())
        begun = time.monotonic()
        self.assertEqual(504, waiting.status())
        self.assertLess(time.monotonic() - begun, 3)
        self.assertEqual(b"ok", self.exchange(first, upstream)[1])

    def test_whoever_leaves_the_queue_is_not_served(self):
        self.start("--concurrency", "1")
        first = self.client(GET)
        upstream, _ = self.taken()
        leaving = self.client(GET.replace(b"GET /", b"GET /leaving"))
        processes.wait_until(lambda: self.gateway.metric("requests_in_flight") == 2, "one waits")
        leaving.close()
        processes.wait_until(lambda: self.gateway.metric("requests_in_flight") == 1, "it left")
        self.exchange(first, upstream)
        first.say(GET.replace(b"GET /", b"GET /next"))
        self.assertTrue(upstream.hear_until(b"\r\n\r\n").startswith(b"GET /next"))

    def test_concurrency_is_never_more(self):
        self.start("--concurrency", "2")
        clients = [self.client(GET) for _ in range(6)]
        both = [self.taken()[0] for _ in range(2)]
        self.assertTrue(self.instances[0].nobody_came())
        for i in range(4):
            both[i % 2].say(OK)
            both[i % 2].hear_until(b"\r\n\r\n")
        for upstream in both:
            upstream.say(OK)
        for client in clients:
            self.assertEqual(200, client.status())


class Draining(GatewayCase):
    def test_what_is_under_way_is_finished(self):
        self.start()
        idle = self.client(GET)
        upstream, _ = self.taken()
        self.exchange(idle, upstream)
        busy = self.client(GET)
        upstream.hear_until(b"\r\n\r\n")
        self.gateway.process.send_signal(signal.SIGTERM)
        self.assertEqual(b"", idle.hear_to_end())
        processes.wait_until(lambda: not gateway.listens(self.gateway.port), "it takes no more connections")
        head, body = self.exchange(busy, upstream)
        self.assertEqual(b"ok", body)
        self.assertIn(b"Connection: close", head)
        busy.close()
        self.assertEqual(0, self.gateway.process.wait(timeout=10))

    def test_what_does_not_end_is_cut(self):
        self.start("--drain-time", "0.5")
        busy = self.client(GET)
        self.taken()
        self.gateway.process.send_signal(signal.SIGTERM)
        self.assertEqual(b"", busy.hear_to_end())
        self.assertEqual(0, self.gateway.process.wait(timeout=10))


class Sidecar(GatewayCase):
    def test_probe_says_whether_the_function_listens(self):
        function = gateway.Instance()
        self.gateway = self.using(gateway.running("--function", function.address, program="queue-proxy"))
        probe = b"GET / HTTP/1.1\r\nHost: 10.0.0.1:8012\r\nK-Network-Probe: queue\r\n\r\n"
        client = self.client(probe)
        head, body = client.message()
        self.assertEqual((b"200", b"queue\n"), (head.split()[1], body))
        function.accept().close()
        function.close()
        client.say(probe)
        self.assertEqual(503, client.status())

    def test_it_needs_nothing_but_itself(self):
        program = paths.program("queue-proxy")
        done = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
        self.assertRegex(done.stdout + done.stderr, re.compile("not a dynamic executable|statically linked"))


if __name__ == "__main__":
    case.main()
