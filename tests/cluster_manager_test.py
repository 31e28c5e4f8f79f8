#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Pods of the standard track through a real containerd: made, probed, removed, and every fault seen to."""
import os
import shlex
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from harness import case, cgroups, paths, processes, stat
from harness.cluster_manager import ClusterManager, seconds_of

CONTAINERD = "faastax-lab-containerd"


def get(address, target, seconds=10):
    """One request to an instance; the answer's text."""
    host, port = address
    with urllib.request.urlopen(f"http://{host}:{port}{target}", timeout=seconds) as answer:
        return answer.read().decode()


def pids_in(folder):
    """Of a cgroup; none of one that goes in this moment."""
    try:
        return (folder / "cgroup.procs").read_text(encoding="ascii").split()
    except OSError:
        return []


def members(group, name):
    """Processes of this name below a cgroup of the v2 hierarchy."""
    found = []
    for folder, _, _ in os.walk(cgroups.v2_root() / group):
        for pid in pids_in(Path(folder)):
            try:
                if Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip() == name:
                    found.append(int(pid))
            except OSError:
                pass
    return found


def alive(pid):
    """Whether a process runs; one that waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def function_of(instance, function="f"):
    """The process of an instance's function."""
    [pid] = members(f"faastax-lab/regular/lab.{function}/{instance}", "function")
    return pid


class Pods(case.SystemTest):
    def setUp(self):
        super().setUp()
        for tool in ("containerd", "runc", "ctr", "ip"):
            paths.tool(tool)
        self.addCleanup(self.check_nothing_left)

    def check_nothing_left(self):
        self.undo.close()
        for root in filter(None, (cgroups.v2_root(), cgroups.v1_root("memory"))):
            self.assertFalse((root / "faastax-lab/regular").exists())
            self.assertFalse((root / CONTAINERD).exists())
        self.assertFalse(Path("/sys/class/net/fxlab0").exists())
        self.assertNotIn("faastax-test-", Path("/proc/self/mountinfo").read_text(encoding="utf-8"))

    def manager(self, *options):
        return self.using(ClusterManager(self.dir, *options))

    def check_pod_left_nothing(self, manager, instance):
        """Of the only pod: its cgroup, shim and address."""
        self.assertFalse((cgroups.v2_root() / "faastax-lab/regular/lab.f" / instance).exists())
        shims = [line for line in processes.run(["ps", "-eo", "args"]).splitlines()
                 if "containerd-shim" in line and str(manager.containerd) in line]
        self.assertEqual([], shims)
        leases = manager.containerd / "leases" / "faastax"
        addresses = [entry.name for entry in leases.iterdir() if entry.name[0].isdigit()] if leases.exists() else []
        self.assertEqual([], addresses)

    def test_a_pod_lives_and_leaves_nothing(self):
        manager = self.manager()
        address = manager.run("f-0")
        self.assertEqual("done\n", get(address, "/run?ms=2&mb=1"))
        self.assertEqual("stopped", manager.remove("f-0")["reason"])
        self.check_pod_left_nothing(manager, "f-0")
        self.assertEqual(0, manager.close(), manager.errors())

    def test_many_at_once_and_one_that_is_stopped_while_it_starts(self):
        manager = self.manager("--probe-period", "0.1")
        names = [f"f-{i}" for i in range(6)]
        for name in names:
            manager.start(name)
        manager.stop("f-5")
        events = {event["instance"]: event for event in (manager.event() for _ in names)}
        self.assertEqual(set(names), set(events))
        self.assertEqual(("failed", "stopped"), (events["f-5"]["type"], events["f-5"]["reason"]))
        addresses = {(events[name]["address"], events[name]["port"]) for name in names[:5]}
        self.assertEqual(5, len(addresses))
        for address in addresses:
            self.assertEqual("ok\n", get(address, "/healthz"))

    def test_containerd_killed(self):
        manager = self.manager("--probe-period", "0.5")
        for name in ("f-0", "f-1", "f-2"):
            manager.run(name)
        [containerd] = members(CONTAINERD, "containerd")
        os.kill(containerd, signal.SIGKILL)
        os.kill(function_of("f-1"), signal.SIGKILL)
        manager.stop("f-2")
        manager.start("f-3")
        begin = time.monotonic()
        events = {event["instance"]: event for event in (manager.event(10) for _ in range(3))}
        case.say(f"right again {time.monotonic() - begin:.2f} s after containerd was killed")
        self.assertEqual({"f-1": "gone", "f-2": "gone", "f-3": "ready"},
                         {name: event["type"] for name, event in events.items()})
        self.assertIn("signal 9", events["f-1"]["reason"])
        self.assertLess(time.monotonic() - begin, 10)
        manager.remove("f-0")
        manager.remove("f-3")
        self.check_pod_left_nothing(manager, "f-0")

    def test_containerd_killed_in_the_middle_of_starts(self):
        manager = self.manager("--probe-period", "0.1")
        names = [f"f-{i}" for i in range(4)]
        for name in names:
            manager.start(name)
        processes.wait_until(lambda: members(CONTAINERD, "containerd-shim"), "a first shim", pause=0.001)
        os.kill(members(CONTAINERD, "containerd")[0], signal.SIGKILL)
        events = {event["instance"]: event["type"] for event in (manager.event(10) for _ in names)}
        self.assertEqual({name: "ready" for name in names}, events)
        for name in names:
            manager.stop(name)
        for _ in names:
            self.assertEqual("gone", manager.event(10)["type"])
        processes.wait_until(lambda: not members(CONTAINERD, "containerd-shim"), "no shim is left", seconds=10)
        self.assertEqual([], members("faastax-lab/regular", "pause"))
        self.check_pod_left_nothing(manager, "f-0")

    def test_network_plugin_fails(self):
        manager = self.manager("--probe-period", "0.1")
        network = manager.containerd / "cni" / "10-faastax.conflist"
        good = network.read_text(encoding="utf-8")
        network.write_text(good.replace('"type": "bridge"', '"type": "no-such-plugin"'), encoding="utf-8")
        time.sleep(0.3)  # containerd sees the file change
        manager.start("f-0")
        failed = manager.expect("failed", "f-0")
        self.assertIn("no-such-plugin", failed["reason"])
        self.check_pod_left_nothing(manager, "f-0")
        network.write_text(good, encoding="utf-8")
        time.sleep(0.3)
        manager.run("f-1")

    def test_sidecar(self):
        manager = self.manager("--probe-period", "0.1", "--sidecar", paths.program("queue-proxy"))
        address = manager.run("f-0")
        self.assertEqual(8012, address[1])
        self.assertEqual("done\n", get(address, "/run?ms=2&mb=1"))
        self.assertEqual(1, len(members("faastax-lab/regular/lab.f/f-0", "queue-proxy")))
        os.kill(members("faastax-lab/regular/lab.f/f-0", "queue-proxy")[0], signal.SIGKILL)
        self.assertIn("queue-proxy was killed", manager.expect("gone", "f-0", 10)["reason"])
        self.check_pod_left_nothing(manager, "f-0")

    def test_a_pod_is_one_instance_to_the_profiler(self):
        manager = self.manager("--probe-period", "0.2", "--sidecar", paths.program("queue-proxy"))
        with stat.window(self.dir, "--instances") as window:
            for name in ("f-0", "f-1"):
                address = manager.run(name)
                for _ in range(3):
                    get(address, "/run?ms=5")
                manager.remove(name)
        report = window.report
        pods = [one["sandbox"] for one in report["instances_detail"] if one["function"] == "f"]
        self.assertEqual(["f-0", "f-1"], sorted(pods))
        [function] = [one for one in report["functions"] if one["function"] == "f"]
        self.assertEqual(("lab", "regular", 2, 6),
                         tuple(function[key] for key in ("namespace", "track", "started", "requests")))
        self.assertEqual([], [one for one in report["functions"] if one["function"] in ("pause", "queue-proxy")])
        self.assertAlmostEqual(0.03, function["cpu_seconds"]["handle"], delta=0.003)
        self.assertGreater(stat.component_seconds(report, "queue-proxy", "route"), 0)
        self.assertGreater(stat.component_seconds(report, "cluster-manager", "manage"), 0)
        self.assertEqual({"events": 0, "records": 0}, report["lost"])

    def test_memory_limit(self):
        manager = self.manager("--probe-period", "0.1")
        address = manager.run("f-0", memory=32 << 20)
        with self.assertRaises((OSError, urllib.error.URLError)):
            get(address, "/run?ms=1&mb=200")
        self.assertIn("OOMKilled", manager.expect("gone", "f-0", 10)["reason"])
        self.check_pod_left_nothing(manager, "f-0")

    def test_instance_killed(self):
        manager = self.manager("--probe-period", "0.1")
        manager.run("f-0")
        manager.run("f-1")
        os.kill(function_of("f-0"), signal.SIGKILL)
        seconds = seconds_of(lambda: self.assertIn("signal 9", manager.expect("gone", "f-0", 10)["reason"]))
        case.say(f"told {seconds:.2f} s after an instance was killed")
        self.assertLess(seconds, 2)
        manager.run("f-2")
        pause = members("faastax-lab/regular/lab.f/f-1", "pause")[0]
        os.kill(pause, signal.SIGKILL)
        manager.expect("gone", "f-1", 10)

    def test_probes_fail(self):
        manager = self.manager("--probe-period", "0.2")
        manager.run("f-0")
        pid = function_of("f-0")
        os.kill(pid, signal.SIGSTOP)
        self.assertIn("readiness probes failed", manager.expect("gone", "f-0", 20)["reason"])
        self.check_pod_left_nothing(manager, "f-0")

    def test_orphans_of_a_crash_are_removed(self):
        manager = self.manager("--probe-period", "0.1")
        manager.run("f-0")
        manager.kill()
        self.assertTrue(members("faastax-lab/regular", "function"))
        again = self.manager("--probe-period", "0.1")
        self.assertEqual([], members("faastax-lab", "function"))
        again.run("f-0")

    def command(self, *options):
        return [str(word) for word in (paths.program("faastax-cluster-manager"), "--listen", self.dir / "sock",
                                       "--function", paths.program("faastax-function"), *options)]

    def refused(self, *options):
        """What a manager says that does not begin."""
        done = subprocess.run(self.command(*options), capture_output=True, text=True, check=False, timeout=60)
        lines = done.stderr.strip().splitlines()
        self.assertEqual((1, 1), (done.returncode, len(lines)), done.stderr)
        return lines[0]

    def test_a_folder_of_somebody_else_is_left_alone(self):
        theirs = self.dir / "theirs"
        (theirs / "containerd").mkdir(parents=True)
        (theirs / "containerd" / "precious").write_text("x", encoding="utf-8")
        self.assertIn("not empty", self.refused("--state", theirs))
        self.assertEqual("x", (theirs / "containerd" / "precious").read_text(encoding="utf-8"))

    def test_two_managers_of_a_machine(self):
        manager = self.manager("--probe-period", "0.1")
        manager.run("f-0")
        self.assertIn(f"cluster-manager ({manager.pid}) holds", self.refused("--state", self.dir / "second"))
        lab = [str(paths.program("faastax")), "lab", "run", "--functions", "1", "--minutes", "1"]
        done = subprocess.run(lab, capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(1, done.returncode)
        self.assertIn("another lab runs", done.stderr)
        manager.remove("f-0")

    def test_told_to_end_before_it_is_up(self):
        state = self.dir / "state"
        for ends in ("a signal", "its parent"):
            with self.subTest(ends):
                command = shlex.join(self.command("--with-parent", "--state", state))
                with processes.child(["sh", "-c", f"{command} & echo $!; wait"], stdout=subprocess.PIPE,
                                     text=True) as shell:
                    pid = int(shell.stdout.readline())
                    processes.wait_until(lambda: members(CONTAINERD, "containerd"), "containerd runs", pause=0.001)
                    os.kill(pid if ends == "a signal" else shell.pid, signal.SIGTERM)
                    processes.wait_until(lambda pid=pid: not alive(pid), "the manager ends")
                self.assertEqual([], members(CONTAINERD, "containerd"))
                self.assertFalse(state.exists())

    def test_orphans_in_a_runtime_that_went_on(self):
        node = self.manager("--probe-period", "0.1")
        folder = self.dir / "other"
        options = ("--cri-socket", node.containerd / "containerd.sock", "--probe-period", "0.1")
        crashes = self.using(ClusterManager(folder, *options))
        crashes.run("f-0")
        crashes.kill()
        again = self.using(ClusterManager(folder, *options))
        processes.wait_until(lambda: not members("faastax-lab", "function"), "the orphan goes", seconds=10)
        again.run("f-1")
        again.remove("f-1")
        self.check_pod_left_nothing(node, "f-0")


if __name__ == "__main__":
    case.main()
