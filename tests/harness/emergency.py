# SPDX-License-Identifier: Apache-2.0
"""A running emergency agent, and a control plane that says exactly what it is told."""
import json
import os
import socket
import subprocess
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path

from harness import cgroups, paths, processes

NODE = 241  # its network is 10.231.241.0/24
UPLINK = f"fx-emerg-{NODE}"


class Agent:
    """The agent's process, its socket and what it leaves in the system."""

    def __init__(self, folder, process):
        self.folder = Path(folder)
        self.process = process
        self.socket = self.folder / "socket"
        self.connections = ExitStack()

    def connect(self):
        """A new connection of a control plane, closed with the agent at the latest."""
        control = ControlPlane(self.socket)
        self.connections.callback(control.close)
        return control

    def templates(self):
        """Pids of its template processes."""
        return [pid for pid, name in self.children().items() if name == "faastax-templat"]

    def children(self):
        """{pid: name} of its templates and instances."""
        listed = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", str(self.process.pid)], capture_output=True,
                                text=True, check=False).stdout
        return {int(line.split()[0]): line.split()[1] for line in listed.splitlines()}

    def open_files(self):
        """Number of its descriptors."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


class ControlPlane:
    """One connection to a back-end, in its protocol (controlplane/sandbox/backend_protocol.hpp)."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        try:
            self.socket.connect(str(path))
        except OSError:
            self.socket.close()
            raise
        self.lines = self.socket.makefile("r", encoding="utf-8")

    def say(self, kind, **fields):
        """Sends one message."""
        self.socket.sendall((json.dumps({"type": kind, **fields}) + "\n").encode())

    def hear(self):
        """The next event."""
        return json.loads(self.lines.readline())

    def start(self, instance, function="f1", **limits):
        """The answer to a start."""
        self.say("start", namespace="lab", function=function, instance=instance, **limits)
        return self.hear()

    def stop(self, instance):
        """The answer to a stop."""
        self.say("stop", instance=instance)
        return self.hear()

    def close(self):
        """Goes without a word."""
        self.lines.close()
        self.socket.close()


@contextmanager
def agent(folder, *options, node="test-emergency", number=NODE, pool=8, **process_options):
    """An agent that answers."""
    folder = Path(folder)
    folder.mkdir(exist_ok=True)
    command = [paths.program("emergency-agent"), "--socket", folder / "socket", "--state", folder, "--node", node,
               "--number", number, "--pool", pool, *options]
    with processes.child(command, stderr=subprocess.PIPE, **process_options) as process:
        running = Agent(folder, process)

        def answers():
            if process.poll() is not None:
                raise AssertionError(f"the agent ended: {process.stderr.read().decode()}")
            try:
                running.connect().close()
            except OSError:
                return False
            return True

        processes.wait_until(answers, "the agent answers")
        with running.connections:
            yield running


def bench(agent_running, *options):
    """Lists of milliseconds, and failures, of the program that times creations."""
    command = [paths.program("faastax-bench-creation"), "--backend", agent_running.socket, *options]
    return json.loads(processes.run(command))


@contextmanager
def track(folder, nodes, *options, **process_options):
    """The timing program with a track of its own; gives the process, whose output is the result."""
    command = [paths.program("faastax-bench-creation"), "--nodes", nodes, "--state", folder, *options]
    with processes.child(command, stdout=subprocess.PIPE, text=True, **process_options) as process:
        yield process


def agents_of(pid):
    """Pids of the agents that the track in this process has started."""
    listed = subprocess.run(["pgrep", "-x", "-P", str(pid), "emergency-agent"], capture_output=True, text=True,
                            check=False).stdout
    return [int(pid) for pid in listed.split()]


def v2_cgroup(instance, function="f1"):
    """The v2 folder of an instance."""
    return cgroups.v2_root() / "faastax-lab" / "emergency" / f"lab.{function}" / instance


def main_process(instance):
    """Its first process."""
    return int((v2_cgroup(instance) / "cgroup.procs").read_text(encoding="ascii").split()[0])


def ask(ready, target="/healthz"):
    """The body of an instance's answer."""
    with urllib.request.urlopen(f"http://{ready['address']}:{ready['port']}{target}", timeout=20) as answer:
        return answer.read()


def run(ready, what):
    """CPU seconds that a ready instance says a run took: its own time, by its own clock."""
    url = f"http://{ready['address']}:{ready['port']}/run?{what}"
    with urllib.request.urlopen(url, timeout=20) as answer:
        return int(answer.headers["CPU-Nanoseconds"]) / 1e9


def cgroup_folders():
    """All folders of the lab's emergency cgroups, in every hierarchy."""
    return [folder for point, _, _ in cgroups.mounts()
            for folder in (point / "faastax-lab" / "emergency").glob("*/*") if folder.is_dir()]


def node_networks(process):
    """Paths of the network namespaces of nodes that this agent holds open."""
    found = []
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        try:
            is_network = os.readlink(descriptor).startswith("net:[")
        except OSError:
            continue
        enter = [paths.tool("nsenter"), f"--net={descriptor}", "--"]
        if is_network and subprocess.run([*enter, paths.tool("ip"), "link", "show", "uplink"], capture_output=True,
                                         check=False).returncode == 0:
            found.append(str(descriptor))
    return found


def cut_off(process):
    """Takes down the node's end of its link to this machine: nothing reaches it or comes from it any more. (The
    machine's end stays, so that nothing meant for the node goes elsewhere.)"""
    [network] = node_networks(process)
    processes.run([paths.tool("nsenter"), f"--net={network}", "--", paths.tool("ip"), "link", "set", "uplink", "down"])


def uplink_exists():
    """Whether the agent's device is there."""
    return Path(f"/sys/class/net/{UPLINK}").exists()
