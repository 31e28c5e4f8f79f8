#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Scaling events and the profiler's own view of a lab, joined: every instance that started has exactly one
decision, or is a repair, on the track that the kernel shows; the figures add up from both sides."""
import json
import math
from collections import Counter

from harness import case, lab, paths, scaling

SHORT = ("--functions", "4", "--minutes", "1", "--speedup", "12")


def nearest_rank(values, percent):
    return sorted(values)[max(0, math.ceil(percent / 100 * len(values)) - 1)]


class ScalingJoin(case.SystemTest):
    def run_lab(self, policy, *options, runtime="crun"):
        """A short lab under that policy; its result, JSON and events."""
        file = self.dir / "events.jsonl"
        result = lab.run(self.dir, *SHORT, "--policy", policy, "--events", file, *options, runtime=runtime)
        data = json.loads((self.dir / "lab.json").read_text(encoding="utf-8"))
        return result, data["lab"], scaling.read(file)

    def check_lives(self, told):
        """Each instance goes through its states in order, under one decision that was told; returns the starts."""
        decisions = {decision["decision_id"]: decision for decision in told["decision"]}
        self.assertEqual(len(told["decision"]), len(decisions))
        lives = {}
        for event in told["instance"]:
            lives.setdefault(event["instance"], []).append(event)
        for name, life in lives.items():
            self.assertEqual(["starting", "ready", "stopping", "gone"], [event["state"] for event in life], name)
            self.assertEqual(1, len({event["decision_id"] for event in life}), name)
            decision = decisions[life[0]["decision_id"]]
            for key in ("namespace", "function", "track"):
                self.assertEqual(decision[key], life[0][key], name)
            self.assertIn(life[0]["reason"], ("decision", "repair"))
            self.assertEqual("n1", life[1]["node"])
        return [life[0] for life in lives.values()]

    def check_join(self, result, summary, told):
        """The report's section against the events, the kernel's figures and the load generator's."""
        report, section = result.report, result.report["scaling"]
        starts = self.check_lives(told)
        instances = section["instances"]
        for fault in ("undecided", "unobserved", "failed", "mismatched", "duplicates"):
            self.assertEqual(0, instances[fault], section["problems"])
        self.assertEqual([], section["problems"])
        self.assertEqual(report["instances"]["started"], instances["by_decision"] + instances["repairs"])
        self.assertEqual(len(starts), report["instances"]["started"])
        self.assertEqual(report["instances"]["served_none"], section["served_none"])
        self.assertEqual(summary["decisions"], section["decisions"])
        # By function and track the control plane and the kernel count the same.
        by_kernel = {(row["function"], row["track"]): row["started"] for row in report["functions"]
                     if row["namespace"] == "lab" and row["started"]}
        self.assertEqual(by_kernel, dict(Counter((start["function"], start["track"]) for start in starts)))
        self.check_sums(report, section)

    def check_sums(self, report, section):
        groups = section["groups"]
        rows = [row for row in report["functions"] if row["namespace"] == "lab"]
        for track in {group["track"] for group in groups}:
            for activity in ("create", "init", "handle", "idle", "teardown"):
                joined = sum(group["cpu_seconds"][activity] for group in groups if group["track"] == track)
                ledger = sum(row["cpu_seconds"][activity] for row in rows if row["track"] == track)
                self.assertAlmostEqual(ledger, joined, delta=1e-6, msg=f"{track} {activity}")
        self.assertEqual(report["requests"]["completed"], sum(group["requests"] for group in groups))
        churn = sum(row["cpu_seconds"][activity] for row in rows for activity in ("create", "init", "teardown"))
        self.assertAlmostEqual(churn, sum(up["churn_cpu_seconds"] for up in section["ups"]), delta=1e-6)

    def check_requests(self, result, summary, told):
        held = told["request"]
        self.assertEqual(summary["requests_waited"], len(held))
        self.assertEqual(len(held), result.report["scaling"]["held_requests"])
        sent = {row["function"]: row["sent"] for row in summary["functions"]}
        for function, count in Counter(request["function"] for request in held).items():
            self.assertLessEqual(count, sent[function])
        starts = {event["instance"]: event for event in told["instance"] if event["state"] == "starting"}
        for request in held:
            self.assertTrue(request["excessive"])
            self.assertEqual(starts[request["instance"]]["track"], request["track"])
        emergency = [request for request in held if request["track"] == "emergency"]
        self.assertEqual(summary["emergency_requests"], len(emergency))
        delays = [request["queued_ms"] / 1e3 for request in held]
        for percent in (50, 99):
            self.assertAlmostEqual(summary["scheduling_delay_seconds"][f"waited_p{percent}"],
                                   nearest_rank(delays, percent), delta=1e-6)
            share = result.report["scaling"]["delay_seconds"][f"p{percent}"] / nearest_rank(delays, percent)
            self.assertAlmostEqual(1, share, delta=0.005)

    def check(self, policy, *options, **named):
        result, summary, events = self.run_lab(policy, *options, **named)
        case.say(result.text[result.text.find("\nScaling"):])
        self.assertEqual((result.sent, 0), (result.succeeded, result.failed))
        told = scaling.by_kind(events)
        self.assertEqual(len(events), summary["events"]["told"])
        self.check_join(result, summary, told)
        self.check_requests(result, summary, told)
        return result, summary, events

    def test_dual_track(self):
        result, _, _ = self.check("dual:30s")
        tracks = {group["track"] for group in result.report["scaling"]["groups"] if group["instances"]}
        self.assertEqual({"regular", "emergency"}, tracks)

    def test_asynchronous_and_a_collector_that_comes_late(self):
        with scaling.inbox(statuses=[503, 500]) as (box, url):
            token = self.dir / "token"
            token.write_text("secret\n", encoding="utf-8")
            _, summary, events = self.check("async:60s", "--collector", url, "--collector-token", token)
        self.assertEqual(events, box.stored)
        self.assertEqual({"told": len(events), "stored": len(events), "lost": 0, "lost_to_file": 0},
                         summary["events"])
        self.assertEqual({"Bearer secret"}, box.tokens)
        self.assertLessEqual(max(box.sizes), 100)

    def test_pods(self):
        if not paths.full():
            self.skipTest("FAASTAX_FULL=1 makes pods as well")
        for tool in ("containerd", "runc", "ctr", "ip"):
            paths.tool(tool)
        self.check("dual:30s", "--manager", "cri", runtime=None)


if __name__ == "__main__":
    case.main()
