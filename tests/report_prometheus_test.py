#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`faastax report --prometheus` against a real Prometheus that scraped a real agent during a lab: it agrees
with the report of the lab's own profiler within 1%, and so does `--store` of a collector to which the same agent sent
its records."""
import time

from harness import agent, case, collector, lab, processes, prometheus, reports, scale

OPTIONS = ("--functions", "4", "--minutes", "1", "--speedup", "6", "--keep-alive", "10s")


RECORDS = """collector: {{address: '127.0.0.1:{port}', period: 1s, instance_period: 1s}}
spool: {{folder: {folder}}}
"""


def ask(url, *arguments):
    """(status, stdout, stderr) of `faastax report --prometheus`."""
    return reports.ask("--prometheus", url, *arguments)


def proven(report):
    """{(component, activity): CPU seconds} of making and removing sandboxes, without what is inferred."""
    return {(row["component"], row["activity"]): row["seconds"] - row["inferred_seconds"]
            for row in report["cpu"]["by_component"] if row["activity"] in ("create", "teardown")}


class PrometheusReport(case.SystemTest):
    def test_agrees_with_the_report_of_the_same_lab(self):
        store = self.using(collector.running(self.dir))
        watched = self.using(agent.running(self.dir, RECORDS.format(port=store.port, folder=self.dir / "spool")))
        server = self.using(prometheus.scraping(self.dir, watched.port))
        url = f"http://127.0.0.1:{server.port}"
        time.sleep(4)  # the first scrape is at 0 as well: the window begins after it
        began = time.time()
        result = lab.run(self.dir, *OPTIONS)
        time.sleep(4)  # one scrape at 0, one with the value
        since = f"{time.time() - began + 1:.0f}s"
        asked = reports.read("--prometheus", url, "--since", since)
        self.check_counts(result, asked)
        self.check_seconds(result.report, asked)
        self.check_the_course(asked)
        self.check_divisions(url, since, asked)
        processes.wait_until(lambda: agent.total(watched.samples(), "faastax_agent_spool_records") == 0,
                             "all records are sent", seconds=20, pause=0.1)
        self.check_store(reports.read("--store", store.url, "--since", since), asked)

    def check_counts(self, result, asked):
        self.assertEqual(result.succeeded, asked["requests"]["completed"])
        self.assertEqual(result.instances_started, asked["instances"]["started"])
        self.assertEqual(result.instances_started, asked["instances"]["stopped"])
        cold = sum(bucket["count"] for bucket in asked["instances"]["cold_start_buckets"])
        self.assertEqual(result.instances_started, cold)
        self.assertEqual(result.report["node"]["cpus"], asked["node"]["cpus"])
        self.assertEqual(result.report["node"]["kernel"], asked["node"]["kernel"])

    def check_seconds(self, report, asked):
        """What is proven is exact: two profilers read the same kernel. What is inferred each divides for itself, and
        kernel workers go on after the lab has looked for the last time: its own programs are freed then."""
        own, seen = reports.seconds(report), reports.seconds(asked)
        functions = [{row["function"] for row in reports.rows(one)} for one in (report, asked)]
        self.assertEqual(functions[0], functions[0] & functions[1])
        for activity in ("init", "handle", "idle"):
            mine, other = own[(activity,)], seen[(activity,)]
            self.assertAlmostEqual(mine, other, delta=scale.tolerance(0.01, in_vm=0.1) * mine + 0.002, msg=activity)
        own, seen = proven(report), proven(asked)
        for key in own.keys() | seen.keys():
            mine, other = own.get(key, 0), seen.get(key, 0)
            if key[0].startswith("kworker:"):
                self.assertGreaterEqual(other, mine - 0.002, key)
            else:
                self.assertAlmostEqual(mine, other, delta=scale.tolerance(0.01, in_vm=0.1) * mine + 0.002, msg=key)
        wall = asked["window"]["seconds"] * asked["node"]["cpus"]
        one_scrape = 1.1 * asked["node"]["cpus"]  # the window's ends are known to that
        self.assertAlmostEqual(wall, asked["cpu"]["wall_cpu_seconds"], delta=one_scrape)

    def check_store(self, stored, asked):
        """One agent told both: what has ended is the same to 1%, percentiles and what goes on aside (a store's window
        is whole minutes)."""
        for key in ("completed", "aborted"):
            self.assertEqual(asked["requests"][key], stored["requests"][key], key)
        for key in ("started", "stopped", "create_failed", "served_none"):
            self.assertEqual(asked["instances"][key], stored["instances"][key], key)
        self.assertEqual(sum(bucket["count"] for bucket in asked["instances"]["cold_start_buckets"]),
                         sum(bucket["count"] for bucket in stored["instances"]["cold_start_buckets"]))
        both = (asked, stored)
        self.check_close(*(reports.seconds(report, "function", "track") for report in both), 0.002)
        activities = ("create", "init", "handle", "idle", "teardown", "route")
        self.check_close(*({name: report["cpu"]["by_activity"][name]["seconds"] for name in activities}
                           for report in both), 0.01)
        self.check_close(*({(row["function"], row["track"], state): value for row in reports.rows(report)
                            for state, value in row["memory_byte_seconds"].items()} for report in both), 4096)
        for key in ("cpus", "kernel", "cgroup"):
            self.assertEqual(asked["node"][key], stored["node"][key], key)

    def check_close(self, one, other, least):
        """The same keys, and values that differ by 1% at most, or by less than can be told."""
        for key in one.keys() | other.keys():
            mine = one.get(key, 0)
            self.assertAlmostEqual(mine, other.get(key, 0), delta=0.01 * mine + least, msg=key)

    def check_the_course(self, asked):
        """Its stretches add up to the sums."""
        for activity, cell in asked["cpu"]["by_activity"].items():
            booked = sum(point["cpu_seconds"].get(activity, 0) for point in asked["timeline"])
            self.assertAlmostEqual(cell["seconds"], booked, delta=0.01 * cell["seconds"] + 0.01, msg=activity)
        self.assertEqual(asked["requests"]["completed"], sum(point["requests"] for point in asked["timeline"]))

    def check_divisions(self, url, since, asked):
        for dimension in ("function", "track", "node", "component"):
            divided = reports.read("--prometheus", url, "--since", since, "--by", dimension)
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
