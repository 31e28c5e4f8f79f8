#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`faastax report --prometheus` against a real Prometheus that scraped a real agent during a lab: it agrees
with the report of the lab's own profiler within 1%."""
import json
import subprocess
import time

from harness import agent, case, lab, paths, prometheus, scale

OPTIONS = ("--functions", "4", "--minutes", "1", "--speedup", "6", "--keep-alive", "10s")


def ask(url, *arguments):
    """(status, stdout, stderr) of `faastax report --prometheus`."""
    line = [paths.program("faastax"), "report", "--prometheus", url, *arguments]
    done = subprocess.run([str(word) for word in line], capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


def function_seconds(report):
    """{(function, activity): seconds} of the lab's functions."""
    return {(row["function"], activity): seconds for row in report["functions"] if row["namespace"] == "lab"
            for activity, seconds in row["cpu_seconds"].items()}


class PrometheusReport(case.SystemTest):
    def test_agrees_with_the_report_of_the_same_lab(self):
        watched = self.using(agent.running(self.dir))
        server = self.using(prometheus.scraping(self.dir, watched.port))
        url = f"http://127.0.0.1:{server.port}"
        time.sleep(4)  # the first scrape is at 0 as well: the window begins after it
        began = time.time()
        result = lab.run(self.dir, *OPTIONS)
        time.sleep(4)  # one scrape at 0, one with the value
        since = f"{time.time() - began + 1:.0f}s"
        status, text, errors = ask(url, "--since", since, "--format", "json")
        self.assertEqual((0, ""), (status, errors))
        asked = json.loads(text)
        self.check_counts(result, asked)
        self.check_seconds(result.report, asked)
        self.check_the_course(asked)
        self.check_divisions(url, since, asked)

    def check_counts(self, result, asked):
        self.assertEqual(result.succeeded, asked["requests"]["completed"])
        self.assertEqual(result.instances_started, asked["instances"]["started"])
        self.assertEqual(result.instances_started, asked["instances"]["stopped"])
        cold = sum(bucket["count"] for bucket in asked["instances"]["cold_start_buckets"])
        self.assertEqual(result.instances_started, cold)
        self.assertEqual(result.report["node"]["cpus"], asked["node"]["cpus"])
        self.assertEqual(result.report["node"]["kernel"], asked["node"]["kernel"])

    def check_seconds(self, report, asked):
        """The functions' time is exact: two profilers read the same kernel. What daemons did is divided by
        each for itself, so it is compared as a sum; the window of Prometheus is longer by its scrapes."""
        own, seen = function_seconds(report), function_seconds(asked)
        self.assertEqual(set(own), set(seen) & set(own))
        for activity in ("init", "handle", "idle"):
            mine = sum(value for (_, name), value in own.items() if name == activity)
            other = sum(value for (_, name), value in seen.items() if name == activity)
            self.assertAlmostEqual(mine, other, delta=scale.tolerance(0.01, in_vm=0.1) * mine + 0.002, msg=activity)
        mine = sum(report["cpu"]["by_activity"][name]["seconds"] for name in ("create", "teardown"))
        other = sum(asked["cpu"]["by_activity"][name]["seconds"] for name in ("create", "teardown"))
        self.assertAlmostEqual(mine, other, delta=0.05 * mine, msg="create and teardown")
        wall = asked["window"]["seconds"] * asked["node"]["cpus"]
        one_scrape = 1.1 * asked["node"]["cpus"]  # the window's ends are known to that
        self.assertAlmostEqual(wall, asked["cpu"]["wall_cpu_seconds"], delta=one_scrape)

    def check_the_course(self, asked):
        """Its stretches add up to the sums."""
        for activity, cell in asked["cpu"]["by_activity"].items():
            booked = sum(point["cpu_seconds"].get(activity, 0) for point in asked["timeline"])
            self.assertAlmostEqual(cell["seconds"], booked, delta=0.01 * cell["seconds"] + 0.01, msg=activity)
        self.assertEqual(asked["requests"]["completed"], sum(point["requests"] for point in asked["timeline"]))

    def check_divisions(self, url, since, asked):
        for dimension in ("function", "track", "node", "component"):
            status, text, errors = ask(url, "--since", since, "--format", "json", "--by", dimension)
            self.assertEqual((0, ""), (status, errors))
            divided = json.loads(text)
            for activity, cell in divided["cpu"]["by_activity"].items():
                total = sum(row["cpu_seconds"][activity] for row in divided["by"]["rows"])
                self.assertAlmostEqual(cell["seconds"], total, places=6, msg=f"{dimension} {activity}")
        self.assertEqual(2, ask(url, "--by", "policy")[0], "no metric names a policy")
        self.assertTrue(ask(url, "--since", since, "--format", "html")[1].startswith("<!doctype html>"))
        self.assertGreater(len(asked["cpu"]["by_component"]), 3)

    def test_errors_are_one_line(self):
        port = agent.free_port()
        for url, status, word in ((f"http://127.0.0.1:{port}", 1, "Connection refused"),
                                  ("localhost:9090", 2, "not a URL")):
            with self.subTest(url):
                done = ask(url)
                self.assertEqual((status, "", 1), (done[0], done[1], done[2].count("\n")))
                self.assertIn(word, done[2])
        watched = self.using(agent.running(self.dir))
        done = ask(f"http://127.0.0.1:{watched.port}")
        self.assertEqual((1, 1), (done[0], done[2].count("\n")), "an agent is no Prometheus")
        self.assertIn("404", done[2])


if __name__ == "__main__":
    case.main()
