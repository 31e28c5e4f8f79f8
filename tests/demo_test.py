#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`./dev demo`: what it prints, the page that it leaves, and that nothing of it goes on, however it ends."""
import os
import re
import signal
import subprocess
import time

from harness import browser, case, paths, processes

OUT = paths.SOURCE / "build" / "demo"
MOST_LINES = 80
MOST_SECONDS = 180
CHARTS = {"cpu-over-time", "memory-over-time", "cold-starts", "scale-ups", "top-functions", "top-components"}


def outline(text):
    """The words that its paragraphs and rows begin with."""
    return [line.split()[0] for line in text.splitlines() if line and not line[0].isspace()]


class Demo(case.SystemTest):
    def setUp(self):
        super().setUp()
        if paths.BUILD != paths.SOURCE / "build" / "dev":
            self.skipTest("it is always of build/dev")
        paths.tool("setpriv")

    def demo(self):
        """It, in a process group of its own as a terminal's foreground is."""
        return processes.child([paths.SOURCE / "dev", "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               start_new_session=True, text=True)

    def of_group(self, group):
        """Processes of that group that still run."""
        lines = processes.run([paths.tool("ps"), "-e", "-o", "pgid=,state=,args="]).splitlines()
        return [line for line in lines if re.match(rf" *{group} +[^Z]", line)]

    def interrupt(self, tell):
        """Ends a demo in its middle; its status and what it complained of."""
        (OUT / "agent.log").unlink(missing_ok=True)
        with self.demo() as running:
            processes.wait_until(lambda: "attached" in self.log("agent"), "the agent is attached", seconds=60)
            time.sleep(1)
            tell(running)
            _, complained = running.communicate(timeout=30)
            processes.wait_until(lambda: not self.of_group(running.pid), "all of it ends", pause=0.2)
        return running.returncode, complained

    def log(self, name):
        file = OUT / f"{name}.log"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def test_nothing_goes_on(self):
        for name, tell in (("^C", lambda one: os.killpg(one.pid, signal.SIGINT)), ("killed", lambda one: one.kill())):
            with self.subTest(name):
                status, complained = self.interrupt(tell)
                self.assertNotEqual(0, status)
                self.assertNotIn("Traceback", complained)
                self.assertIn("told to stop", self.log("agent") + self.log("collector"))

    def test_what_it_shows(self):
        if not paths.full():
            self.skipTest("takes a minute: FAASTAX_FULL=1")
        began = time.monotonic()
        with self.demo() as running:
            text, complained = running.communicate(timeout=600)
        self.assertEqual(0, running.returncode, complained)
        took, lines = time.monotonic() - began, text.splitlines()
        case.say(f"{len(lines)} lines in {took:.0f} s")
        self.assertLessEqual(len(lines), MOST_LINES)
        self.assertLessEqual(took, MOST_SECONDS)
        sent, = map(int, re.findall(r"^requests +(\d+) sent", text, re.MULTILINE))
        self.assertRegex(text, rf"(?m)^Requests +{sent} completed, 0 aborted")
        started, = map(int, re.findall(r"^instances +(\d+) started", text, re.MULTILINE))
        self.assertRegex(text, rf"(?m)^Instances +{started} started, {started} stopped")
        self.assertIn(f"{started} instances by a decision, 0 by repair", text)
        self.assertRegex(text, r"(?m)^Lost +nothing$")
        self.assertEqual([], self.of_group(running.pid))
        readme = (paths.SOURCE / "README.md").read_text(encoding="utf-8")
        shown = re.search(r"(?s)What `./dev demo` prints.*?```text\n(.*?)```", readme)[1]
        self.assertEqual(outline(shown), [*outline(complained)[-2:], *outline(text)])
        self.check_page()

    def check_page(self):
        with browser.running(self.dir) as tab:
            for width in (1280, 390):
                charts = tab.open(OUT / "report.html", width, 900)["charts"]
                self.assertEqual(CHARTS, set(charts))
                self.assertTrue(all(chart["marks"] for chart in charts.values()), charts)
            self.assertEqual([], tab.problems)


if __name__ == "__main__":
    case.main()
