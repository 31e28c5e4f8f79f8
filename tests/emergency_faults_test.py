#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The emergency track where something is wrong: two agents of one number, what dead ones left, a template that dies at
the wrong moment, no descriptor left; and what an instance must not have from its agent."""
import ctypes
import os
import resource
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from harness import case, cgroups, emergency, paths, processes, scale
from harness.emergency import ask, main_process, v2_cgroup

OTHER = emergency.NODE + 1
SYS_KEYCTL = {"x86_64": 250, "aarch64": 219}.get(os.uname().machine)
JOIN_SESSION_KEYRING = 1
KEYRING = b"faastax-test"


@contextmanager
def paused(pid):
    """The process does nothing inside the block."""
    os.kill(pid, signal.SIGSTOP)
    processes.wait_until(lambda: state(pid) == "T", "it is stopped")
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def state(pid):
    """Its letter in /proc."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]


def remove(*folders):
    """Those that are there and can go."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def zombies(agent):
    """Children of the agent that nobody has waited for."""
    return [pid for pid in agent.children() if state(pid) == "Z"]


def own_session_keyring():
    """Of the child to be: a keyring by which those that possess it can be counted."""
    ctypes.CDLL(None, use_errno=True).syscall(SYS_KEYCTL, JOIN_SESSION_KEYRING, KEYRING)


def keyring_usage():
    """How often that keyring is referred to."""
    lines = Path("/proc/keys").read_text(encoding="utf-8").splitlines()
    return [int(line.split()[2]) for line in lines if KEYRING.decode() in line]


def cpu_seconds(pid):
    """CPU time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class EmergencyFaults(case.SystemTest):
    def test_a_number_has_one_agent(self):
        with emergency.agent(self.dir / "one") as agent:
            ready = agent.connect().start("e-1")
            second = subprocess.run(
                [paths.program("emergency-agent"), "--socket", self.dir / "two", "--state", self.dir / "other",
                 "--node", "another", "--number", str(emergency.NODE)],
                stderr=subprocess.PIPE, text=True, timeout=60, check=False)
            self.assertEqual((1, 1), (second.returncode, len(second.stderr.splitlines())), second.stderr)
            self.assertIn(f"node number {emergency.NODE}", second.stderr)
            self.assertEqual(b"ok\n", ask(ready))

    def test_leftovers_of_a_node_that_is_no_more_are_removed_and_those_of_a_living_one_stay(self):
        with emergency.agent(self.dir / "other", number=OTHER) as other:
            other.connect().start("e-1")
            with emergency.agent(self.dir / "agent") as agent:
                self.assertEqual("failed", agent.connect().start("e-1")["type"])
            self.assertTrue(v2_cgroup("e-1").exists())
            other.process.kill()
            other.process.wait()
        self.assertTrue(v2_cgroup("e-1").exists())
        with emergency.agent(self.dir / "agent") as agent:
            self.assertEqual("ready", agent.connect().start("e-1")["type"])
        self.assertEqual([], emergency.cgroup_folders())

    def test_what_cannot_be_removed_is_found_by_the_next_agent(self):
        with emergency.agent(self.dir / "agent") as agent:
            control = agent.connect()
            control.start("e-1", memory_limit_bytes=64 << 20, cpu_limit_cores=1)
            for folder in [folder for folder in emergency.cgroup_folders()
                           if folder != v2_cgroup("e-1") or not cgroups.is_hybrid()]:
                (folder / "held").mkdir()
                self.undo.callback(remove, folder / "held", folder, folder.parent)
            self.assertIn("busy", control.stop("e-1")["reason"])
            agent.process.kill()
            agent.process.wait()
        self.assertNotEqual([], emergency.cgroup_folders())
        with emergency.agent(self.dir / "agent") as agent:
            self.assertEqual([], emergency.cgroup_folders())
            self.assertEqual("ready", agent.connect().start("e-1", memory_limit_bytes=64 << 20)["type"])

    def test_a_template_that_dies_as_its_copy_is_asked_for_ends_that_instance_once(self):
        with emergency.agent(self.dir / "agent", pool=1) as agent:
            control = agent.connect()
            control.start("e-0")
            control.stop("e-0")
            for i in range(10):
                [template] = agent.templates()
                with paused(agent.process.pid):
                    control.say("start", namespace="lab", function="f1", instance=f"e-{i}")
                    os.kill(template, signal.SIGKILL)
                    processes.wait_until(lambda pid=template: state(pid) == "Z", "the template is dead")
                heard = control.hear()
                self.assertEqual(("failed", f"e-{i}"), (heard["type"], heard["instance"]))
                one, two = control.start(f"a-{i}"), control.start(f"b-{i}")
                self.assertEqual(("ready", "ready"), (one["type"], two["type"]), (one, two))
                self.assertNotEqual(one["address"], two["address"])
                for instance in (f"a-{i}", f"b-{i}"):
                    self.assertEqual(("gone", instance), tuple(map(control.stop(instance).get, ("type", "instance"))))
            self.assertEqual([], zombies(agent))

    def test_an_instance_that_cannot_be_watched_is_ended(self):
        with emergency.agent(self.dir / "agent", pool=1) as agent:
            control = agent.connect()
            self.assertEqual("ready", control.start("e-0")["type"])
            control.stop("e-0")
            soft, hard = resource.prlimit(agent.process.pid, resource.RLIMIT_NOFILE)
            [template] = agent.templates()
            with paused(template):
                files = agent.open_files()
                control.say("start", namespace="lab", function="f1", instance="e-1")
                processes.wait_until(lambda: agent.open_files() > files and v2_cgroup("e-1").exists(), "it is asked for")
                time.sleep(scale.count(0.2, in_vm=2))
                resource.prlimit(agent.process.pid, resource.RLIMIT_NOFILE, (0, hard))
            failed = control.hear()
            self.assertEqual(("failed", "e-1"), (failed["type"], failed["instance"]))
            self.assertIn("cannot be watched", failed["reason"])
            self.assertFalse(v2_cgroup("e-1").exists())
            self.assertEqual([template], list(agent.children()))
            # Who connects now is served later, and the agent does not spin meanwhile.
            waits = agent.connect()
            used = cpu_seconds(agent.process.pid)
            time.sleep(0.5)
            self.assertLess(cpu_seconds(agent.process.pid) - used, 0.2)
            resource.prlimit(agent.process.pid, resource.RLIMIT_NOFILE, (soft, hard))
            self.assertEqual(b"ok\n", ask(waits.start("e-2")))

    def test_a_small_limit_of_descriptors_is_the_instances_alone(self):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        with emergency.agent(self.dir / "agent", pool=32,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (48, hard))) as agent:
            control = agent.connect()
            started = control.start("e-1")
            self.assertEqual("ready", started["type"], started)
            limits = Path(f"/proc/{main_process('e-1')}/limits").read_text(encoding="ascii")
            self.assertRegex(limits, r"Max open files +48 ")

    def test_templates_do_not_only_grow(self):
        with emergency.agent(self.dir / "agent", "--templates", 2) as agent:
            control = agent.connect()
            ready = control.start("e-0", function="f0")
            for i in range(1, 5):
                self.assertEqual("ready", control.start(f"e-{i}", function=f"f{i}")["type"])
                self.assertEqual(2, len(agent.templates()))
            self.assertEqual(b"ok\n", ask(ready))
            self.assertEqual("ready", control.start("e-9", function="f0")["type"])

    def test_an_instance_has_neither_its_agents_keys_nor_its_place_before_the_killer(self):
        if SYS_KEYCTL is None or not Path("/proc/keys").exists():
            self.skipTest("no keys here")
        with emergency.agent(self.dir / "agent", preexec_fn=own_session_keyring) as agent:
            Path(f"/proc/{agent.process.pid}/oom_score_adj").write_text("500", encoding="ascii")
            control = agent.connect()
            control.start("e-0")
            control.stop("e-0")
            [before] = processes.wait_until(keyring_usage, "the agent's keyring is there")
            control.start("e-1")
            pid = main_process("e-1")
            self.assertEqual("0\n", Path(f"/proc/{pid}/oom_score_adj").read_text(encoding="ascii"))
            # Credentials that were replaced go some time later.
            processes.wait_until(lambda: keyring_usage() <= [before], "the instance has left the keyring", seconds=5)

    def test_a_node_that_cannot_begin_says_why(self):
        with emergency.agent(self.dir / "agent", number=1):
            with emergency.track(self.dir / "track", 1, "--count", 1, stderr=subprocess.PIPE) as process:
                self.assertIn("node number 1", process.communicate(timeout=60)[1])
                self.assertEqual(1, process.returncode)


if __name__ == "__main__":
    case.main()
