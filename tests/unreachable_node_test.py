#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A node that cannot be reached any more: what waits for it gets a clear answer, what was not sent goes elsewhere, and
nothing stays behind."""
import re
import subprocess
import time
import urllib.request

from harness import bpf_objects, case, cgroups, emergency, gateway, lab, paths, processes

OTHER = emergency.NODE + 1
HOST = "hello.lab"


def get(target):
    """A request's bytes."""
    return f"GET {target} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()


class UnreachableNode(case.SystemTest):
    def setUp(self):
        super().setUp()
        for tool in ("ip", "nsenter"):
            paths.tool(tool)

    def test_requests_under_way_end_and_others_go_to_the_other_node(self):
        one = self.using(emergency.agent(self.dir / "one"))
        two = self.using(emergency.agent(self.dir / "two", number=OTHER, node="other"))
        control = one.connect()
        addresses = [f"{ready['address']}:{ready['port']}"
                     for ready in (control.start("e-1"), two.connect().start("e-2"))]
        front = self.using(gateway.running("--route", f"lab/hello={','.join(addresses)}", "--connect-time", "2"))
        client = front.connect()
        self.undo.callback(client.close)
        client.sock.settimeout(30)
        client.say(get("/run?ms=60000&mb=1"))  # the first goes to the first
        processes.wait_until(lambda: front.metric('function_in_flight{namespace="lab",function="hello"}') == 1, "it runs")
        emergency.cut_off(one.process.pid)
        begun = time.monotonic()
        head, body = client.message()
        self.assertEqual((b"502", b"the instance can no longer be reached"), (head.split()[1], body.strip()))
        self.assertLess(time.monotonic() - begun, 10)
        # Nothing of these could be sent to the node that is gone.
        for _ in range(2):
            client.say(get("/healthz"))
            self.assertEqual(200, client.status())
        self.assertGreaterEqual(front.metric("retried_total"), 1)
        self.assertEqual(0, front.metric("requests_in_flight"))
        self.assertEqual("gone", control.stop("e-1")["type"])
        self.assertFalse(emergency.v2_cgroup("e-1").exists())

    def test_a_lab_of_which_a_node_is_lost(self):
        objects, groups = bpf_objects.snapshot(), cgroups.all_v2()
        admin = gateway.free_port()
        command = [paths.program("faastax"), "lab", "run", "--trace", str(lab.TRACE), "--functions", "4", "--minutes", "1",
                   "--speedup", "8", "--max-exec", "300ms", "--policy", "dual:5s", "--nodes", "2",
                   "--gateway-admin", f"127.0.0.1:{admin}"]
        with processes.child(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            track = processes.wait_until(lambda: processes.descendant(process.pid, "gateway"), "the gateway runs")
            processes.wait_until(lambda: emergency_decisions(admin) > 2, "emergency instances are asked for")
            emergency.cut_off(emergency.agents_of(track)[0])
            out, err = process.communicate(timeout=60)
        case.say(out)
        sent, succeeded, failed = map(int, re.search(r"(\d+) sent, (\d+) succeeded, (\d+) failed", out).groups())
        self.assertEqual(sent, succeeded + failed, err)
        self.assertGreater(succeeded, failed)
        for problem in re.findall(r"problem +request: (.*)", out):
            self.assertRegex(problem, r"50[24]: ")
        started, stopped = map(int, re.search(r"instances (\d+) started, (\d+) stopped", out).groups())
        self.assertEqual(started, stopped)
        self.assertEqual([], bpf_objects.added_since(objects))
        self.assertEqual(set(), cgroups.all_v2() - groups)


def emergency_decisions(admin):
    """How many the lab's gateway counts."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{admin}/metrics", timeout=5) as answer:
            text = answer.read().decode()
    except OSError:
        return 0
    return sum(int(value) for value in re.findall(r'decisions_total{[^}]*track="emergency"} (\d+)', text))


if __name__ == "__main__":
    case.main()
