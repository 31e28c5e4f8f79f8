#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The lab, as `./dev demo` runs it (five times as fast; FAASTAX_FULL=1: just so): every request answered, and a
report that counts the same."""
import os
import signal
import subprocess
from pathlib import Path

from harness import bpf_objects, case, cgroups, lab, paths, processes, scale

DEMO = ("--functions", "5", "--minutes", "4", "--speedup", "4" if paths.full() else "20", "--keep-alive", "20s")


class Lab(case.SystemTest):
    def check_nothing_left(self, before):
        objects, groups = before
        self.assertEqual([], bpf_objects.added_since(objects))
        self.assertEqual(set(), cgroups.all_v2() - groups)
        memory = cgroups.v1_root("memory")
        if memory:
            self.assertFalse((memory / "faastax-lab").exists())

    def test_demo(self):
        before = bpf_objects.snapshot(), cgroups.all_v2()
        result = lab.run(self.dir, *DEMO)
        case.say(result.text)
        self.assertGreaterEqual(result.functions, 4)
        self.assertGreaterEqual(result.cold_starts, 20)
        self.assertGreaterEqual(result.sent, 200)
        self.assertEqual((result.sent, 0), (result.succeeded, result.failed))
        self.check_report(result)
        self.check_nothing_left(before)

    def check_report(self, result):
        report = result.report
        self.assertEqual((result.sent, 0), (report["requests"]["completed"], report["requests"]["aborted"]))
        self.assertEqual(result.instances_started, report["instances"]["started"])
        self.assertEqual(report["instances"]["started"], report["instances"]["stopped"])
        self.assertEqual({"events": 0, "records": 0}, report["lost"])
        self.assertLessEqual(abs(report["cpu"]["residual_seconds"]), 0.01 * report["cpu"]["wall_cpu_seconds"])
        functions = [row for row in report["functions"] if row["namespace"] == "lab"]
        self.assertEqual(result.functions, len(functions))
        self.assertEqual(result.sent, sum(row["requests"] for row in functions))
        for row in functions:
            self.assertEqual("regular", row["track"])
            self.assertGreater(row["cpu_seconds"]["handle"], 0)
            self.assertGreater(row["cpu_seconds"]["create"], 0)

    def test_runc_for_a_short_while(self):
        before = bpf_objects.snapshot(), cgroups.all_v2()
        result = lab.run(self.dir, "--functions", "2", "--minutes", "1", "--speedup",
                         scale.count(12, in_vm=6), runtime="runc")
        self.assertEqual((result.sent, 0), (result.succeeded, result.failed))
        self.assertEqual(result.sent, result.report["requests"]["completed"])
        self.check_nothing_left(before)

    def test_warm_up_is_answered_and_not_counted(self):
        result = lab.run(self.dir, "--functions", "2", "--minutes", "1", "--speedup", "12", "--max-exec", "50ms",
                         "--policy", "sync:30s", "--warmup", "24s")
        self.assertEqual((result.sent, 0), (result.succeeded, result.failed))
        window = result.report["window"]["seconds"]
        self.assertTrue(2 < window < 5, window)
        completed = result.report["requests"]["completed"]
        self.assertTrue(0 < completed < result.sent, completed)
        self.assertIn(f"{result.sent} sent", result.text)

    def test_pods_of_a_containerd(self):
        for tool in ("containerd", "runc", "ctr", "ip"):
            paths.tool(tool)
        before = bpf_objects.snapshot(), cgroups.all_v2()
        result = lab.run(self.dir, "--manager", "cri", "--sidecar", "--functions", "2", "--minutes", "1", "--speedup", "8",
                         "--policy", "sync:60s", runtime=None)
        case.say(result.text)
        sidecar = {row["activity"]: row["seconds"] for row in result.report["cpu"]["by_component"]
                   if row["component"] == "queue-proxy"}
        self.assertGreater(sidecar["create"], 0)
        self.assertGreater(sidecar["route"], 0)
        self.assertGreater(result.sent, 5)
        self.assertEqual((result.sent, 0), (result.succeeded, result.failed))
        self.check_report(result)
        self.check_nothing_left(before)
        self.assertFalse(Path("/sys/class/net/fxlab0").exists())
        self.assertFalse(Path("/run/faastax-lab").exists())

    def disturb(self, name, disturbance):
        """Runs a lab and does that to it and one of its processes after a moment; returns how it ended."""
        command = [paths.program("faastax"), "lab", "run", "--trace", lab.TRACE, "--runtime", "crun",
                   "--functions", "2", "--minutes", "1", "--speedup", "12"]
        with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as process:
            try:
                pid = processes.wait_until(lambda: processes.descendant(process.pid, name), f"{name} runs")
                processes.wait_until(lambda: processes.descendant(process.pid, "function"), "an instance runs")
                disturbance(process, pid)
                out, err = process.communicate(timeout=60)
            finally:
                processes.stop(process)
        return process.returncode, out, err

    def kill_one(self, name):
        """A lab of which one process is killed."""
        return self.disturb(name, lambda _, pid: os.kill(pid, signal.SIGKILL))

    def test_second_interrupt_ends_what_does_not_end(self):
        before = bpf_objects.snapshot(), cgroups.all_v2()

        def interrupt_twice(process, gateway):
            os.kill(gateway, signal.SIGSTOP)
            process.send_signal(signal.SIGINT)
            with self.assertRaises(subprocess.TimeoutExpired):
                process.wait(timeout=1)
            process.send_signal(signal.SIGINT)

        status, _, err = self.disturb("gateway", interrupt_twice)
        self.assertEqual(1, status)
        self.assertIn("interrupted twice", err)
        self.check_nothing_left(before)

    def test_processes_that_are_killed(self):
        before = bpf_objects.snapshot(), cgroups.all_v2()
        for name, says in (("gateway", "gateway was lost"), ("loadgen", "load generator was killed")):
            with self.subTest(name):
                status, _, err = self.kill_one(name)
                self.assertEqual(1, status)
                self.assertIn(says, err)
                self.check_nothing_left(before)
        status, out, _ = self.kill_one("cluster-manager")
        self.assertEqual(1, status)
        self.assertIn("regular track", out)
        self.check_nothing_left(before)

    def test_missing_runtime(self):
        command = [paths.program("faastax"), "lab", "run", "--trace", lab.TRACE, "--runtime", "runc"]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                              timeout=60, env={**os.environ, "PATH": str(self.dir)})
        lines = done.stderr.strip().splitlines()
        self.assertEqual((1, 1), (done.returncode, len(lines)), done.stderr)
        self.assertIn("runc", lines[0])

    def test_broken_trace_line_is_named(self):
        copy = self.dir / "trace"
        copy.mkdir()
        for source in lab.TRACE.glob("*.csv"):
            (copy / source.name).write_bytes(source.read_bytes())
        broken = copy / "durations.csv"
        lines = broken.read_text(encoding="utf-8").splitlines()
        lines[2] = lines[2].rsplit(",", 1)[0] + ",abc"
        broken.write_text("\n".join(lines) + "\n", encoding="utf-8")
        done = subprocess.run([paths.program("faastax"), "lab", "run", "--trace", copy, "--runtime", "crun"],
                              capture_output=True, text=True, check=False, timeout=60)
        message = done.stderr.strip().splitlines()
        self.assertEqual((1, 1), (done.returncode, len(message)), done.stderr)
        self.assertIn("durations.csv:3", message[0])


if __name__ == "__main__":
    case.main()
