#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every query of every dashboard and rule, asked of a Prometheus that scraped agents during a lab run.

Two agents watch the same node: one as it is deployed, with a collector, and one with room for a single function and
component and for few processes, whose collector does not answer: what it loses and keeps is what the panels and alerts
about losses have to show."""
import math
import socket
import subprocess
import time
from contextlib import contextmanager

from harness import agent, boards, case, cgroups, collector, lab, oci, processes, prometheus, reports

WINDOW = "30s"
CONFIG = """global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: [{rules}]
scrape_configs:
  - job_name: faastax-agent
    honor_labels: true
    static_configs:
      - targets: ["127.0.0.1:{whole}"]
        labels: {{cluster: test, node: whole}}
      - targets: ["127.0.0.1:{narrow}"]
        labels: {{cluster: test, node: narrow}}
  - job_name: faastax-collector
    honor_labels: true
    static_configs:
      - targets: ["127.0.0.1:{collector}"]
        labels: {{cluster: test}}
"""
RECORDS = """collector:
  address: 127.0.0.1:{port}
  period: 1s
  instance_period: 1s
spool:
  folder: {folder}
"""
NARROW = "metrics:\n  functions: 1\n  components: 1\nbpf:\n  accounts: 64\n"
IDLE = "faastax_idle_cpu_seconds_total"
NEEDS_PMU = "_cpu_cycles_total"


def idle_ticks():
    """Of all CPUs since boot, as the kernel counts them."""
    with open("/proc/stat", encoding="ascii") as stat:
        return int(stat.readline().split()[4])


def is_idle_alone(query):
    """True for one that shows nothing but idle time: no data where other work kept all CPUs busy throughout."""
    return boards.selectors(query.text)[0][0] == IDLE and len(boards.selectors(query.text)) == 1


def has_data(rows):
    """True when any sample is a number other than 0."""
    return any(math.isfinite(value) and value != 0 for _, values in rows for value in values)


def dying_cgroup():
    """A socket that keeps a removed cgroup from going: its creator was in there."""
    home = cgroups.v2_path_of("self")
    with cgroups.v2_group("faastax-test-dying") as group:
        (group / "cgroup.procs").write_text("0", encoding="ascii")
        try:
            return socket.socket()
        finally:
            (home / "cgroup.procs").write_text("0", encoding="ascii")


@contextmanager
def unsettled(folder):
    """A sandbox that has worked, and then neither listens nor ends."""
    runtime, name = oci.Runtime("crun", folder), "faastax-test-undecided"
    work = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; exec sleep 600"
    with runtime.start(oci.bundle(folder / "undecided", ["/bin/sh", "-c", work]), name) as sandbox:
        yield
        runtime.remove(name)
        sandbox.stdin.close()


class Data(case.SystemTest):
    maxDiff = None

    def setUp(self):
        super().setUp()
        self.using(dying_cgroup())
        self.collector = self.using(collector.running(self.dir))
        self.whole = self.using(agent.running(
            self.dir, RECORDS.format(port=self.collector.port, folder=self.dir / "spool")))
        narrow = self.using(agent.running(
            self.dir, NARROW + RECORDS.format(port=agent.free_port(), folder=self.dir / "unsent")))
        self.before = time.time()
        self.server = self.using(prometheus.running(self.dir, CONFIG.format(
            rules=boards.RULES, whole=self.whole.port, narrow=narrow.port,
            collector=self.collector.http_port)))

    def test_every_query_has_data(self):
        began, idle = time.time(), idle_ticks()
        self.using(unsettled(self.dir))
        self.speak_to_collector()
        result = lab.run(self.dir, "--functions", "4", "--minutes", "1", "--speedup", "8", "--policy", "dual:5s")
        time.sleep(3)  # one scrape at 0, one with the value, one evaluation of the rules
        ended = time.time()
        self.check_sums(result, ended)
        never_idle = idle_ticks() == idle
        queries = boards.of_boards() + boards.of_rules()
        empty = [f"{query.where}: {query.text}" for query in queries
                 if not self.lacks_hardware(query) and not (never_idle and is_idle_alone(query))
                 and not has_data(self.answer(query, began, ended))]
        self.assertEqual([], empty, f"{len(empty)} of {len(queries)} queries have no data")
        self.check_recorded(began, ended)
        case.say(f"{len(queries)} queries, {result.sent} requests, {result.instances_started} instances")

    def speak_to_collector(self):
        """What others than our agents say: a decision that is carried out, records of a later version's agent, one
        of them from the future, and more of them at a time than are stored at once."""
        for event in (collector.decision(1), {
                **collector.decision(2), "type": "dev.faastax.scaling.instance.v1",
                "data": {"decision_id": "d-1", "instance": "i-1", "node": "whole", "namespace": "lab", "function": "f1",
                         "track": "regular", "state": "ready", "reason": "decision"}}):
            status, text = self.collector.post(event)
            self.assertLess(status, 300, text)
        tomorrow = time.time_ns() + 86_400 * 10**9
        self.collector.replay([collector.batch(1, collector.instance("boot-9", 1, observed=tomorrow),
                                               version="99.0.0")])
        self.using(processes.child(self.collector.load_command("--agents", 20, "--seconds", 6, "--grace", 1),
                                   stdout=subprocess.DEVNULL))

    def answer(self, query, began, ended):
        """Over the run; of an alert the side that is compared, of one about absence a time before all."""
        text = boards.filled(query.text, WINDOW, f"{int(ended - began)}s")
        if query.kind == "alert":
            compared = boards.compared(text)
            if compared is None:
                return self.server.over(text, self.before - 600, self.before - 540)
            text = compared[0]
        return self.server.over(text, began, ended)

    def lacks_hardware(self, query):
        """Without hardware counters nothing counts cycles, and the agent says so."""
        if NEEDS_PMU not in query.text:
            return False
        source = [labels["cycle_source"] for labels, _ in self.server.query("faastax_agent_info")]
        if set(source) != {"none"}:
            return False
        case.say(f"SKIP: {query.where}: no hardware counter here (cycle_source none)")
        return True

    def check_recorded(self, began, ended):
        """Prometheus evaluated the recording rules itself."""
        for name in sorted(boards.recorded()):
            self.assertTrue(has_data(self.server.over(name, began, ended)), name)

    def check_sums(self, result, ended):
        """What the fleet shows is what the run did, and what the report of the collector's store says."""
        whole = '{node="whole",namespace="lab"}'
        processes.wait_until(lambda: agent.total(self.whole.samples(), "faastax_agent_spool_records") == 0,
                             "all records are sent", seconds=20, pause=0.1)
        report = reports.read("--store", self.collector.url, "--since", f"{ended - self.before + 1:.0f}s")
        for key in ("function", "track"):
            shown = {(labels[key], labels["activity"]): value for labels, value in
                     self.server.query(f"sum by ({key}, activity) (faastax_function_cpu_seconds_total{whole})")}
            told = reports.seconds(report, key)
            for cell in shown.keys() | told.keys():
                value = told.get(cell, 0)
                self.assertAlmostEqual(value, shown.get(cell, 0), delta=0.01 * value + 0.002, msg=cell)
        cold = sum(value for _, value in self.server.query(f"sum(faastax_cold_start_seconds_count{whole})"))
        self.assertEqual(sum(row["started"] for row in reports.rows(report)), cold)
        starts = sum(value for _, value in self.server.query(f"sum(faastax_instance_starts_total{whole})"))
        self.assertEqual(result.instances_started, starts)
        tracks = {labels["track"]: value for labels, value in
                  self.server.query(f"sum by (track) (faastax_instance_starts_total{whole})")}
        self.assertGreater(tracks["emergency"], 0)
        self.assertGreater(tracks["regular"], 0)


if __name__ == "__main__":
    case.main()
