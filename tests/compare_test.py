#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`faastax lab compare`: the same load through policies, its table, and what --resume leaves out."""
import json
import signal
import subprocess

from harness import case, cgroups, lab, paths, processes

LOAD = ("--functions", "3", "--minutes", "1", "--speedup", "20", "--max-exec", "200ms")


def command_of(*arguments):
    command = [paths.program("faastax"), "lab", "compare", "--trace", lab.TRACE, *LOAD, *arguments]
    return [str(word) for word in command]


def compare(*arguments, seconds=120):
    return subprocess.run(command_of(*arguments), capture_output=True, text=True, check=False, timeout=seconds)


class Compare(case.SystemTest):
    def test_two_policies_and_resume(self):
        groups = cgroups.all_v2()
        out = self.dir / "comparison.json"
        done = compare("--policies", "sync:60s,dual:60s,async", "--json", out)
        self.assertEqual(0, done.returncode, done.stderr)
        case.say(done.stdout)
        self.assertEqual(["policy", "sync:60s", "dual:60s", "async"], [line.split()[0] for line in done.stdout.splitlines()])
        data = json.loads(out.read_text(encoding="utf-8"))
        sync, dual, _ = data["runs"]
        self.assertEqual(sync["lab"]["requests"]["sent"], dual["lab"]["requests"]["sent"])
        self.assertEqual(0, sync["figures"]["emergency_share"])
        self.assertGreater(dual["figures"]["emergency_share"], 0)
        for run in data["runs"]:
            self.assertEqual(0, run["lab"]["requests"]["failed"])
            self.assertEqual(run["lab"]["instances"]["started"], run["report"]["instances"]["started"])
        emergency = sum(row["started"] for row in dual["report"]["functions"] if row["track"] == "emergency")
        self.assertEqual(dual["lab"]["instances"]["emergency"], emergency)
        self.assertEqual(set(), cgroups.all_v2() - groups)
        page = self.dir / "comparison.html"
        again = compare("--policies", "sync:60s,dual:60s,async", "--json", out, "--resume", "--html", page, seconds=20)
        self.assertEqual((0, done.stdout), (again.returncode, again.stdout))
        charts = page.read_text(encoding="utf-8")
        self.assertEqual(len(sync["figures"]), charts.count("<svg "))
        self.assertNotIn("run  ", again.stderr)
        other = compare("--policies", "sync:60s", "--json", out, "--resume", "--max-instances", "7", seconds=20)
        self.assertEqual(1, other.returncode)
        self.assertIn("other options", other.stderr)

        more = compare("--policies", "sync:60s", "--json", out, "--resume", "--interrupts", seconds=20)
        self.assertEqual(1, more.returncode)
        self.assertIn("other options", more.stderr)

    def test_what_ended_before_an_interruption_is_printed(self):
        with subprocess.Popen(command_of("--policies", "sync:60s,dual:60s"), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as process:
            try:
                for line in process.stderr:
                    if line.startswith("run") and "dual" in line:
                        break
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=60)
            finally:
                processes.stop(process)
        self.assertEqual(1, process.returncode)
        self.assertEqual(["policy", "sync:60s"], [line.split()[0] for line in out.splitlines()])
        self.assertIn("interrupted", err)
        self.assertNotIn("--resume", err)

    def test_file_that_cannot_be_written(self):
        done = compare("--policies", "sync:60s", "--json", self.dir / "none" / "comparison.json", seconds=20)
        self.assertEqual((1, ""), (done.returncode, done.stdout))
        self.assertNotIn("run  ", done.stderr)
        self.assertIn("cannot be written", done.stderr)

    def test_wrong_usage(self):
        for arguments, word in ((("--policies", "sync:60s,asynk"), "asynk"),
                                (("--policies", "sync:60s", "--start-minute", "100000"), "start minute 100000"),
                                (("--policies", "sync:60s", "--speedup", "inf"), "speedup"),
                                (("--policies", "sync:60s", "--resume"), "--json")):
            done = compare(*arguments, seconds=20)
            self.assertEqual((2, 1), (done.returncode, len(done.stderr.splitlines())), done.stderr)
            self.assertIn(word, done.stderr)

    def test_wrong_usage_of_run_names_the_option(self):
        for arguments, option in ((("--keep-alive", "soon"), "--keep-alive:"), (("--policy", "asynk"), "--policy:"),
                                  (("--policy", "sync", "--set", "windou=3"), "--set:")):
            done = subprocess.run([str(paths.program("faastax")), "lab", "run", *arguments], capture_output=True,
                                  text=True, check=False, timeout=20)
            self.assertEqual((2, 1), (done.returncode, len(done.stderr.splitlines())), done.stderr)
            self.assertIn(option, done.stderr)


if __name__ == "__main__":
    case.main()
