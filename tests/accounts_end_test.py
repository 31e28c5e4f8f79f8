#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A process's accounts end with it, whichever of its threads was the first to end, to exec or to be moved: one that
does not would keep its line of the table, and its sandbox's, for as long as the agent runs."""
import subprocess
import sys
from pathlib import Path

from harness import agent, bpf_objects, case, cgroups, paths, processes

# Its first thread ends at once and stays a zombie while the second one wakes up again and again.
WITHOUT_A_LEADER = """
import ctypes, sys, threading, time
def work():
    while True: time.sleep(0.001)
threading.Thread(target=work).start()
ctypes.CDLL(None).syscall(60, 0)
"""


class AccountsEnd(case.SystemTest):
    def setUp(self):
        super().setUp()
        self.using(agent.running(self.dir))

    def check_ends(self, pid):
        processes.wait_until(lambda: not bpf_objects.live_accounts(pid), "its accounts end", seconds=20)

    def test_of_a_process_without_its_first_thread_that_is_moved(self):
        with (cgroups.v2_group("faastax-test-ends-a") as first, cgroups.v2_group("faastax-test-ends-b") as second):
            with processes.child([sys.executable, "-c", WITHOUT_A_LEADER]) as process:
                status = Path(f"/proc/{process.pid}/status")
                processes.wait_until(lambda: "zombie" in status.read_text(encoding="ascii"), "its leader has ended")
                for folder in (first, second, first):
                    (folder / "cgroup.procs").write_text(str(process.pid), encoding="ascii")
                alive = bpf_objects.live_accounts(process.pid)
                case.say(f"tasks in its accounts: {alive}")
                self.assertEqual([1], alive)
            self.check_ends(process.pid)

    def test_of_a_process_whose_threads_exec(self):
        with processes.child([paths.helper("burn"), "thread-execs", "20", "1"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE) as process:
            self.assertEqual(b"done\n", process.stdout.readline())
            self.assertEqual([1], bpf_objects.live_accounts(process.pid))
            process.stdin.close()
            process.wait(timeout=20)
        self.check_ends(process.pid)


if __name__ == "__main__":
    case.main()
