#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The agent's memory does not grow with the number of sandboxes that it has seen."""
import time
from contextlib import ExitStack

from harness import agent, case, oci, paths, processes

MEBIBYTE = 1 << 20


class AgentMemory(case.SystemTest):
    def churn(self, runtime, bundle, name, count, running):
        """Runs sandboxes, two at a time, and scrapes as a Prometheus would meanwhile."""
        with ExitStack() as both:
            loops = [both.enter_context(processes.child(runtime.loop(bundle, f"{name}{side}", count // 2)))
                     for side in "ab"]
            while any(loop.poll() is None for loop in loops):
                running.text()
                time.sleep(1)
            self.assertEqual([0, 0], [loop.returncode for loop in loops])

    def settled(self, running):
        """Resident bytes after what is in flight has been dealt with."""
        time.sleep(3)
        running.text()
        return processes.resident_bytes(running.process.pid)

    def test_resident_memory_after_2000_is_that_after_500(self):
        count = 5000 if paths.full() else 2000
        runtime = oci.Runtime("crun", self.dir)
        bundle = oci.bundle(self.dir / "bundle", ["/bin/true"])
        running = self.using(agent.running(self.dir))
        self.churn(runtime, bundle, "fxearly", 500, running)
        early = self.settled(running)
        self.churn(runtime, bundle, "fxlate", count - 500, running)
        late = self.settled(running)
        case.say(f"resident {early / MEBIBYTE:.2f} MiB after 500, {late / MEBIBYTE:.2f} MiB after {count}")
        self.assertLessEqual(late - early, MEBIBYTE)
        self.assertEqual(0, agent.total(running.samples(), "faastax_agent_lost_total"))


if __name__ == "__main__":
    case.main()
