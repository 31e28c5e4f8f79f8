#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 leaves nothing of faastax behind: no program, link, map, pinned file, cgroup or namespace."""
import os
import subprocess
from pathlib import Path

from harness import agent, bpf_objects, case, cgroups, paths, processes


def network_namespaces():
    """Network namespaces that some process is in, and the named ones."""
    found = set()
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            found.add(os.readlink(f"/proc/{entry}/ns/net"))
        except OSError:
            pass
    named = Path("/run/netns")
    return found | (set(os.listdir(named)) if named.exists() else set())


class KillBpf(case.SystemTest):
    def setUp(self):
        super().setUp()
        self.before = (bpf_objects.snapshot(), cgroups.all_v2(), network_namespaces())

    def check_gone(self):
        objects, groups, namespaces = self.before
        self.assertEqual([], bpf_objects.added_since(objects))
        self.assertEqual(set(), cgroups.all_v2() - groups)
        self.assertEqual(set(), network_namespaces() - namespaces)

    def check_loaded(self):
        added = bpf_objects.added_since(self.before[0], patience=0)
        for kind in bpf_objects.KINDS:
            self.assertTrue([text for text in added if text.startswith(kind)], f"no {kind} while it runs")

    def stat(self):
        """stat, attached; its command ends with the stdin that it reads, also when stat is gone."""
        command = [paths.program("faastax"), "stat", "--", "sh", "-c", "echo started; read -r line"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)
        self.undo.callback(process.stdout.close)
        self.assertEqual(b"started\n", process.stdout.readline())
        return process

    def test_killed_stat(self):
        process = self.stat()
        self.check_loaded()
        process.kill()
        process.wait()
        process.stdin.close()
        self.check_gone()

    def test_stat_that_ends_by_itself(self):
        process = self.stat()
        process.communicate(b"end\n", timeout=30)
        self.assertEqual(0, process.returncode)
        self.check_gone()

    def test_killed_agent(self):
        running = self.using(agent.running(self.dir))
        self.check_loaded()
        running.process.kill()
        running.process.wait()
        self.check_gone()

    def test_agent_that_is_told_to_stop(self):
        running = self.using(agent.running(self.dir))
        self.assertEqual(0, processes.stop(running.process))
        self.check_gone()


if __name__ == "__main__":
    case.main()
