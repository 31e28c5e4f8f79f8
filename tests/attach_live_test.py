#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attaching to a node that serves already: what lives is found in its right phase and starts nothing."""
from harness import case, servers
from harness.stat import activity_seconds, component_seconds, window

COUNT = 50
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


if __name__ == "__main__":
    case.main()
