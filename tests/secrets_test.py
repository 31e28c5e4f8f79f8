#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What users pass to their functions is nowhere in what faastax keeps or shows."""
import json
import secrets
import subprocess
from pathlib import Path

from harness import agent, bpf_objects, case, http_client, oci, paths, processes, servers
from harness.stat import window


class Secrets(case.SystemTest):
    def setUp(self):
        super().setUp()
        self.marker = "fxsecret" + secrets.token_hex(12)
        self.before = bpf_objects.snapshot()

    def use_the_marker(self):
        """A job has it in arguments and environment; a server too, and in a request's head and body."""
        runtime = oci.Runtime("crun", self.dir)
        words = ["/bin/sh", "-c", "true", self.marker]
        bundle = oci.bundle(self.dir / "job", words, environment=[f"SECRET={self.marker}"])
        processes.run(runtime.loop(bundle, "fxjob", 3))
        with servers.running(self.dir, "fxserver", 1, environment=[f"SECRET={self.marker}"],
                             arguments=["/bin/faastax-function", self.marker]) as (server,):
            for method in ("GET", "POST"):
                server.connect()
                http_client.request(server.connection, f"/run?ms=1&mb=1&token={self.marker}", method=method,
                                    headers=[f"Authorization: Bearer {self.marker}"],
                                    body=self.marker.encode())
                server.close()
            server.connection = None

    def check(self, data, where):
        found = data if isinstance(data, bytes) else data.encode()
        marker = self.marker.encode()
        for form in (marker, marker.hex().encode(), marker[:15], marker[8:23]):
            self.assertNotIn(form, found, f"the marker is in {where}")

    def check_maps(self):
        """Every map that came with faastax, while it runs and after all was seen."""
        looked = 0
        for identifier in bpf_objects.listing("map").keys() - self.before["map"].keys():
            data = bpf_objects.map_bytes(identifier)
            looked += len(data)
            self.check(data, f"map {identifier}")
        self.assertGreater(looked, 10_000, "no map could be read")

    def test_marker_can_be_found_at_all(self):
        """The search itself: what a map holds comes back as bytes."""
        (self.dir / "mark.json").write_text(json.dumps(["0x%02x" % b for b in self.marker.encode()]))
        raw = b"".join(bpf_objects.raw_bytes(json.loads((self.dir / "mark.json").read_text())))
        with self.assertRaises(AssertionError):
            self.check(raw, "a map")

    def test_stat(self):
        with window(self.dir, "--instances") as opened:
            self.use_the_marker()
            self.check_maps()
        self.check(json.dumps(opened.report), "the report")
        self.assertIn("fxserver-1", json.dumps(opened.report))
        for log in Path(self.dir).glob("window-*/stderr"):
            self.check(log.read_bytes(), "stat's log")

    def test_record(self):
        path = self.dir / "run.jsonl"
        with subprocess.Popen([paths.program("faastax"), "record", "-o", path, "--", "sh", "-c",
                               "echo started; read -r line"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            self.assertEqual(b"started\n", process.stdout.readline())
            self.use_the_marker()
            out, err = process.communicate(b"end\n", timeout=60)
        self.assertEqual(0, process.returncode, err)
        self.assertIn(b"fxserver-1", path.read_bytes())
        self.check(path.read_bytes(), "the recording")
        self.check(out + err, "record's output")

    def test_agent(self):
        running = self.using(agent.running(self.dir))
        self.use_the_marker()
        for _ in range(2):
            self.check(running.text(), "the metrics")
        self.check_maps()
        self.check(running.log.read_bytes(), "the agent's log")


if __name__ == "__main__":
    case.main()
