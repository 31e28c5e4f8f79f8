#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Sandboxes that live about 10 ms: none is missed, none of their time is nobody's."""
from harness import case, oci, paths, scale
from harness.stat import component_seconds, stat


class ShortSandboxes(case.SystemTest):
    def test_a_thousand(self):
        count = 5000 if paths.full() else scale.count(1000, in_vm=20)
        runtime = oci.Runtime("crun", self.dir)
        loop = runtime.loop(oci.bundle(self.dir / "bundle", ["/bin/true"]), "fxshort", count)
        report = stat(self.dir, loop, "--instances")
        case.say(f"{count} sandboxes in {report['window']['seconds']:.1f} s: {report['instances']}")
        instances = report["instances"]
        self.assertEqual((count, count, 0, 0), (instances["started"], instances["stopped"],
                                                instances["live_at_end"], instances["create_failed"]))
        self.assertEqual({"events": 0, "records": 0}, report["lost"])
        self.assertEqual(0, component_seconds(report, "unattributed"))
        detail = report["instances_detail"]
        self.assertEqual({f"fxshort-{i}" for i in range(1, count + 1)}, {row["sandbox"] for row in detail})
        self.assertEqual({"exit:0"}, {row["ended"] for row in detail})
        self.assertEqual({"job"}, {row["kind"] for row in detail})


if __name__ == "__main__":
    case.main()
