#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the agent may do: at the start what the manifest gives it, at work next to nothing."""
import json
import re
import subprocess
from contextlib import contextmanager
from pathlib import Path

from harness import agent, bpf_objects, case, kubernetes, oci, paths, processes

NUMBERS = {"DAC_READ_SEARCH": 2, "NET_ADMIN": 12, "SYS_PTRACE": 19, "PERFMON": 38, "BPF": 39}
NOBODY = 65534


def mask(*names):
    """The kernel's mask of these capabilities."""
    return sum(1 << NUMBERS[name] for name in names)


def of_threads(pid):
    """[{key: value}] of /proc/PID/task/*/status."""
    return [dict(line.split(":\t", 1) for line in task.read_text(encoding="ascii").splitlines() if ":\t" in line)
            for task in Path(f"/proc/{pid}/task").glob("*/status")]


def bounded(capabilities):
    """Words before a command that leave it these capabilities alone."""
    bound = ",".join(["-all", *(f"+{name.lower()}" for name in capabilities)])
    return [paths.tool("setpriv"), "--bounding-set", bound, "--inh-caps", "-all"]


class Privileges(case.SystemTest):
    def setUp(self):
        super().setUp()
        self.wanted = kubernetes.capabilities(kubernetes.agent())
        self.assertEqual(set(NUMBERS), set(self.wanted))

    def test_at_work(self):
        """Every thread, also those of libraries, has given the rest up for good."""
        with agent.running(self.dir) as running:
            running.samples()
            source = next(dict(labels)["cycle_source"] for name, labels in running.samples()
                          if name == "faastax_agent_info")
            kept = 0 if source == "none" else mask("PERFMON")
            threads = of_threads(running.process.pid)
            self.assertGreaterEqual(len(threads), 2)
            for thread in threads:
                for key in ("CapEff", "CapPrm", "CapBnd"):
                    self.assertEqual(0, int(thread[key], 16) & ~kept, f"{key} {thread[key]}")
                for key in ("CapInh", "CapAmb"):
                    self.assertEqual(0, int(thread[key], 16), key)
                self.assertEqual("1", thread["NoNewPrivs"].strip())
            main = next(thread for thread in threads if int(thread["Pid"]) == running.process.pid)
            self.assertEqual(kept, int(main["CapEff"], 16))

    def test_what_the_manifest_gives_is_enough(self):
        with self.bounded_agent(self.wanted) as running:
            self.assertIn("no hook is missing", running.log.read_text(encoding="utf-8"))

    def test_each_is_needed(self):
        """Without one of the first three there is no agent, and it says which is missing; without another, it
        sees less."""
        before = bpf_objects.snapshot()
        for name in ("BPF", "PERFMON", "NET_ADMIN"):
            command = [*bounded(set(self.wanted) - {name}), paths.program("faastax-agent"), "--listen", "127.0.0.1:0"]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
            self.assertEqual(1, done.returncode, name)
            self.assertRegex(done.stderr, rf"needs CAP_{name}\b")
        self.assertEqual([], bpf_objects.added_since(before))
        with self.listener_of_nobody():
            self.assertEqual(("idle", True), self.seen_by(self.wanted))
            for name in ("SYS_PTRACE", "DAC_READ_SEARCH"):
                self.assertEqual(("starting", True), self.seen_by(set(self.wanted) - {name}), name)

    @contextmanager
    def bounded_agent(self, capabilities):
        """An agent that has these capabilities alone."""
        with agent.running(self.dir, prefix=bounded(capabilities)) as running:
            yield running

    @contextmanager
    def listener_of_nobody(self):
        """A sandbox whose program is not root's and listens."""
        runtime, name = oci.Runtime("crun", self.dir), "faastax-test-nobody"
        folder = oci.bundle(self.dir / "nobody", ["/bin/busybox", "nc", "-l", "-p", "8080"])
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        config["process"]["user"] = {"uid": NOBODY, "gid": NOBODY}
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        with runtime.start(folder, name) as sandbox:
            try:
                pid = processes.wait_until(lambda: runtime.pid_of(name), "the sandbox runs")
                processes.wait_until(lambda: re.search(" 0A ", Path(f"/proc/{pid}/net/tcp6").read_text("ascii")
                                                       + Path(f"/proc/{pid}/net/tcp").read_text("ascii")), "it listens")
                yield
            finally:
                runtime.remove(name)
                sandbox.stdin.close()
                sandbox.stdout.close()

    def seen_by(self, capabilities):
        """(state of the sandbox, whether kernel workers have names) by an agent with these capabilities."""
        with self.bounded_agent(capabilities) as running:
            def state():
                return next((dict(labels)["state"] for (name, labels), value in running.samples().items()
                             if name == "faastax_instances" and value), None)
            found = processes.wait_until(state, "the sandbox is seen")
            workers = processes.wait_until(lambda: [
                dict(labels)["component"] for name, labels in running.samples()
                if name == "faastax_component_cpu_seconds_total" and dict(labels)["component"].startswith("kworker:")],
                "a kernel worker has run")
            return found, "kworker:unknown" not in workers


if __name__ == "__main__":
    case.main()
