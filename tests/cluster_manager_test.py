#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Pods of the standard track through a real containerd: made, probed, removed, and every fault seen to."""
import os
import shlex
import signal
import subprocess
import time
import urllib.error
from pathlib import Path

from harness import case, cgroups, paths, processes
from harness.cluster_manager import ClusterManager, seconds_of
from harness.pod_case import CONTAINERD, PodCase, get, members


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


class Pods(PodCase):
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

    def check_killed_during_starts(self, manager, names, after):
        """Containerd is killed so many seconds after the first shim: all become ready, and go without a trace."""
        for name in names:
            manager.start(name)
        processes.wait_until(lambda: members(CONTAINERD, "containerd-shim"), "a first shim", pause=0.001)
        time.sleep(after)
        os.kill(members(CONTAINERD, "containerd")[0], signal.SIGKILL)
        events = {event["instance"]: event for event in (manager.event(20) for _ in names)}
        self.assertEqual({name: "ready" for name in names}, {name: events[name]["type"] for name in names}, events)
        for name in names:
            manager.stop(name)
        for _ in names:
            self.assertEqual("gone", manager.event(10)["type"])
        processes.wait_until(lambda: not members(CONTAINERD, "containerd-shim"), "no shim is left")
        self.assertEqual([], members("faastax-lab/regular", "pause"))
        self.check_pod_left_nothing(manager, names[0])

    def test_containerd_killed_in_the_middle_of_starts(self):
        manager = self.manager("--probe-period", "0.1")
        for turn, after in enumerate((0.0, 0.03, 0.1)):
            with self.subTest(after=after):
                self.check_killed_during_starts(manager, [f"f-{turn}-{i}" for i in range(4)], after)

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
        sidecar = ("--sidecar", paths.program("queue-proxy"))
        manager = self.manager("--probe-period", "0.5", *sidecar)  # the end is heard of before probes fail
        address = manager.run("f-0")
        self.assertEqual(8012, address[1])
        self.assertEqual("done\n", get(address, "/run?ms=2&mb=1"))
        self.assertEqual(1, len(members("faastax-lab/regular/lab.f/f-0", "queue-proxy")))
        os.kill(members("faastax-lab/regular/lab.f/f-0", "queue-proxy")[0], signal.SIGKILL)
        self.assertIn("queue-proxy was killed", manager.expect("gone", "f-0", 10)["reason"])
        self.check_pod_left_nothing(manager, "f-0")

    def test_memory_limit(self):
        manager = self.manager("--probe-period", "0.5")  # the end is heard of before probes fail
        address = manager.run("f-0", memory=32 << 20)
        with self.assertRaises((OSError, urllib.error.URLError)):
            get(address, "/run?ms=1&mb=200")
        self.assertIn("OOMKilled", manager.expect("gone", "f-0", 10)["reason"])
        self.check_pod_left_nothing(manager, "f-0")

    def test_instance_killed(self):
        manager = self.manager("--probe-period", "0.5")  # the end is heard of before probes fail
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
