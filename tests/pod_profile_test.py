#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A pod of the standard track, as the profiler sees it: one instance with all of its containers."""
from harness import case, paths, stat
from harness.pod_case import PodCase, get


class PodProfile(PodCase):
    def test_a_pod_is_one_instance_to_the_profiler(self):
        manager = self.manager("--probe-period", "0.2", "--sidecar", paths.program("queue-proxy"))
        with stat.window(self.dir, "--instances") as window:
            for name in ("f-0", "f-1"):
                address = manager.run(name)
                for _ in range(3):
                    get(address, "/run?ms=5")
                manager.remove(name)
        report = window.report
        pods = [one["sandbox"] for one in report["instances_detail"] if one["function"] == "f"]
        self.assertEqual(["f-0", "f-1"], sorted(pods))
        [function] = [one for one in report["functions"] if one["function"] == "f"]
        self.assertEqual(("lab", "regular", 2, 6),
                         tuple(function[key] for key in ("namespace", "track", "started", "requests")))
        self.assertEqual([], [one for one in report["functions"] if one["function"] in ("pause", "queue-proxy")])
        self.assertAlmostEqual(0.03, function["cpu_seconds"]["handle"], delta=0.003)
        self.assertGreater(stat.component_seconds(report, "queue-proxy", "route"), 0)
        self.assertGreater(stat.component_seconds(report, "cluster-manager", "manage"), 0)
        self.assertEqual({"events": 0, "records": 0}, report["lost"])


if __name__ == "__main__":
    case.main()
