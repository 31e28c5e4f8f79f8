#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attaching to a node that serves already: what lives is found in its right phase and starts nothing."""
from harness import case, oci, scale, servers
from harness.stat import activity_seconds, component_seconds, window

COUNT = scale.count(50, in_vm=6)
MILLISECONDS = 5


class AttachLive(case.SystemTest):
    def test_fifty_instances_with_open_connections(self):
        live = self.using(servers.running(self.dir, "fxlive", COUNT))
        for server in live:
            server.connect()
            server.request()
        with window(self.dir, "--instances") as opened:
            for server in live:
                server.request(f"/run?ms={MILLISECONDS}&mb=1")
        report = opened.report
        instances = report["instances"]
        self.assertEqual((COUNT, 0, 0, COUNT), (instances["live_at_start"], instances["started"],
                                                instances["stopped"], instances["live_at_end"]))
        self.assertEqual((COUNT, 0), (report["requests"]["completed"], report["requests"]["aborted"]))
        detail = {row["sandbox"]: row for row in report["instances_detail"]}
        self.assertEqual({server.name for server in live}, set(detail))
        self.assertEqual({1}, {row["requests"] for row in detail.values()})
        self.assertEqual({"server"}, {row["kind"] for row in detail.values()})
        self.check_phases(report)

    def check_phases(self, report):
        """All were idle when faastax came: nothing is starting, and what they did since is handling."""
        handled = activity_seconds(report, "handle")
        self.assertGreaterEqual(handled, 0.9 * COUNT * MILLISECONDS / 1000)
        self.assertEqual(0, activity_seconds(report, "init"))
        self.assertEqual(0, component_seconds(report, "unattributed"))
        self.assertEqual({"events": 0, "records": 0}, report["lost"])
        memory = report["memory"]["byte_seconds"]
        self.assertEqual((0, 0), (memory["starting"], memory["stopping"]))
        self.assertGreater(memory["idle"], memory["busy"])

    def test_request_that_was_open_at_attach_is_not_counted(self):
        (server,) = self.using(servers.running(self.dir, "fxpartial", 1))
        server.connect()
        server.connection.sendall(b"GET /run?ms=1&mb=1 HTTP/1.1\r\nHost: san")
        with window(self.dir) as opened:
            server.connection.sendall(b"dbox\r\nContent-Length: 0\r\n\r\n")
            self.assertIn(b"200", server.connection.recv(4096))
            server.request()
        self.assertEqual(1, opened.report["requests"]["completed"])

    def test_who_serves_a_unix_socket_handles_by_inference(self):
        """Nobody sees its requests: they are unknown, not 0."""
        script = ("import socket, sys, time\n"
                  "listener = socket.socket(socket.AF_UNIX)\n"
                  "listener.bind('/tmp/socket')\n"
                  "listener.listen()\n"
                  "print('ready', flush=True)\n"
                  "sys.stdin.readline()\n"
                  "end = time.process_time() + 0.1\n"
                  "while time.process_time() < end: pass\n"
                  "print('done', flush=True)\n"
                  "sys.stdin.readline()\n")
        runtime = oci.Runtime("crun", self.dir)
        bundle = oci.node_bundle(self.dir / "unix", "fxunix", "/usr/bin/python3", ["-c", script])
        self.undo.callback(runtime.remove, "fxunix")
        with runtime.start(bundle, "fxunix") as sandbox:
            self.assertEqual(b"ready\n", sandbox.stdout.readline())
            with window(self.dir, "--instances") as opened:
                sandbox.stdin.write(b"\n")
                sandbox.stdin.flush()
                self.assertEqual(b"done\n", sandbox.stdout.readline())
            sandbox.communicate(timeout=20)
        (row,) = [row for row in opened.report["instances_detail"] if row["sandbox"] == "fxunix"]
        self.assertIsNone(row["requests"])
        self.assertGreaterEqual(row["cpu_seconds"]["handle"], 0.1)
        self.assertEqual(0, row["cpu_seconds"]["idle"])
        handle = opened.report["cpu"]["by_activity"]["handle"]
        self.assertGreaterEqual(handle["inferred_seconds"], 0.1)


if __name__ == "__main__":
    case.main()
