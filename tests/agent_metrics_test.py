#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the agent exposes, as promtool and a real Prometheus see it while the lab runs."""
import re
import subprocess
import time

from harness import agent, case, lab, oci, paths, processes, prometheus

LABELS = {
    "faastax_cpu_seconds_total": {"activity", "evidence"},
    "faastax_component_cpu_seconds_total": {"component", "activity", "evidence"},
    "faastax_function_cpu_seconds_total": {"namespace", "function", "track", "activity", "evidence"},
    "faastax_online_cpus": set(),
    "faastax_idle_cpu_seconds_total": set(),
    "faastax_steal_cpu_seconds_total": set(),
    "faastax_residual_cpu_seconds": set(),
    "faastax_unsettled_cpu_seconds": set(),
    "faastax_instances": {"namespace", "function", "track", "state"},
    "faastax_instance_starts_total": {"namespace", "function", "track"},
    "faastax_instance_ends_total": {"namespace", "function", "track", "reason"},
    "faastax_requests_total": {"namespace", "function", "track", "outcome"},
    "faastax_agent_info": {"version", "kernel", "cgroup", "cycle_source"},
}
COUNTERS = '{__name__=~"faastax_.*(_total|_count|_bucket)", job!=""}'


class AgentMetrics(case.SystemTest):
    def setUp(self):
        super().setUp()
        self.agent = self.using(agent.running(self.dir))

    def test_health(self):
        self.agent.text("/healthz")  # any status but 2xx raises
        self.assertTrue(self.agent.is_ready())

    def test_lab_seen_by_prometheus(self):
        server = self.using(prometheus.scraping(self.dir, self.agent.port))
        began = time.monotonic()
        result = lab.run(self.dir, "--functions", "4", "--minutes", "2", "--speedup", "16")
        time.sleep(4)  # one scrape at 0, one with the value
        seconds = int(time.monotonic() - began) + 10
        completed = sum(value for _, value in server.query('faastax_requests_total{outcome="completed"}'))
        self.assertEqual(result.succeeded, completed)
        starts = sum(value for _, value in server.query("faastax_instance_starts_total"))
        self.assertEqual(result.instances_started, starts)
        self.check_increase(server, seconds, result)
        self.check_series(server.history(COUNTERS, seconds))
        self.check_promtool(self.agent.text())
        self.check_labels(self.agent.samples())

    def check_increase(self, server, seconds, result):
        """increase() over the whole run sees every start: that is what the zero scrape is for. Prometheus
        extrapolates to the ends of the range, so the bound is a bound."""
        query = f"increase(faastax_instance_starts_total[{seconds}s])"
        grown = sum(value for _, value in server.query(query))
        self.assertGreaterEqual(grown, 0.95 * result.instances_started)

    def check_series(self, histories):
        self.assertTrue(histories)
        for labels, values in histories:
            self.assertEqual(values, sorted(values), f"{labels} went backwards")
        functions = [(labels, values) for labels, values in histories if "function" in labels]
        self.assertTrue(functions)
        for labels, values in functions:
            self.assertEqual(0, values[0], f"{labels} was born at {values[0]}")

    def check_promtool(self, text):
        done = subprocess.run([paths.tool("promtool"), "check", "metrics"], input=text, capture_output=True,
                              text=True, check=False)
        self.assertEqual((0, "", ""), (done.returncode, done.stdout, done.stderr))

    def check_labels(self, samples):
        seen = {}
        for name, labels in samples:
            seen.setdefault(name, set()).update(key for key, _ in labels)
        for name, expected in LABELS.items():
            self.assertEqual(expected, seen.get(name), name)
        allowed = {"activity", "evidence", "component", "namespace", "function", "track", "state", "reason",
                   "outcome", "version", "kernel", "cgroup", "cycle_source", "program", "kind", "le"}
        for name, keys in seen.items():
            self.assertLessEqual(keys if name.startswith("faastax_") else set(), allowed, name)

    def test_no_label_names_a_sandbox_or_process(self):
        runtime = oci.Runtime("crun", self.dir)
        name = "fxlabel0123456789abcdef"
        processes.run(runtime.loop(oci.bundle(self.dir / "bundle", ["/bin/true"]), name, 3))
        time.sleep(2)
        self.agent.samples()
        text = self.agent.text()
        self.assertGreaterEqual(agent.total(agent.parse(text), "faastax_instance_starts_total"), 3)
        self.assertNotIn(name, text)
        self.assertIsNone(re.search(r'="[0-9a-f]{64}"', text))


if __name__ == "__main__":
    case.main()
