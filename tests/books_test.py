#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The books balance: every busy nanosecond is booked once, and agrees with the scheduler's own count.

The mutation test drops 2% of the slices on purpose: the same check must then fail, or it proves nothing."""
import unittest

from harness import case, oci, oracle, scale
from harness.containerd import Containerd
from harness.stat import stat

TOLERANCE = scale.tolerance(0.01, in_vm=0.1)
SANDBOXES = scale.count(200, in_vm=20)
PODS = scale.count(60, in_vm=3)


def problems(report, oracle_seconds, count):
    """What is wrong with a report of `count` sandboxes; empty when the books balance."""
    cpu, instances, lost = report["cpu"], report["instances"], report["lost"]
    wall = report["window"]["seconds"] * report["node"]["cpus"]
    found = []
    for name in ("started", "stopped"):
        if instances[name] != count:
            found.append(f"{name} {instances[name]}, not {count}")
    if instances["live_at_end"] or instances["create_failed"]:
        found.append(f"live_at_end {instances['live_at_end']}, create_failed {instances['create_failed']}")
    if lost["events"] or lost["records"]:
        found.append(f"lost {lost}")
    if abs(cpu["wall_cpu_seconds"] - wall) > 0.001 * wall:
        found.append(f"wall {cpu['wall_cpu_seconds']}, not {wall}")
    if abs(cpu["residual_seconds"]) > TOLERANCE * wall:
        found.append(f"residual {cpu['residual_seconds']} of {wall}")
    parts = cpu["busy_seconds"] + cpu["idle_seconds"] + cpu["steal_seconds"] + cpu["residual_seconds"]
    if abs(parts - wall) > 0.001 * wall:
        found.append(f"busy + idle + steal + residual {parts}, wall {wall}")
    booked = sum(cell["seconds"] for cell in cpu["by_activity"].values()) + cpu["unsettled_seconds"]
    if abs(booked - cpu["busy_seconds"]) > 0.001 * cpu["busy_seconds"]:
        found.append(f"activities {booked}, busy {cpu['busy_seconds']}")
    if abs(cpu["busy_seconds"] - oracle_seconds) > TOLERANCE * oracle_seconds:
        found.append(f"busy {cpu['busy_seconds']}, oracle {oracle_seconds}")
    return found


class Books(case.SystemTest):
    def measure(self, command, environment=None):
        with oracle.NodeOracle() as reader:
            report = stat(self.dir, command, environment=environment)
        expected = reader.busy_in(report)
        cpu = report["cpu"]
        case.say(f"{self.id().split('.')[-1]}: {report['window']['seconds']:.2f} s, "
                 f"busy {cpu['busy_seconds']:.3f}, oracle {expected:.3f} "
                 f"({cpu['busy_seconds'] / expected - 1:+.3%}), residual {cpu['residual_seconds']:+.4f}")
        return report, expected

    def runtime_loop(self, name, count):
        runtime = oci.Runtime(name, self.dir)
        return runtime.loop(oci.bundle(self.dir / "bundle", ["/bin/true"]), "fxbooks", count)

    def test_crun(self):
        self.assertEqual([], problems(*self.measure(self.runtime_loop("crun", SANDBOXES)), SANDBOXES))

    def test_runc(self):
        self.assertEqual([], problems(*self.measure(self.runtime_loop("runc", SANDBOXES)), SANDBOXES))

    def test_ctr_with_cni(self):
        node = self.using(Containerd(self.dir))
        self.assertEqual([], problems(*self.measure(node.ctr_loop(PODS, "fxbooks")), PODS))

    @unittest.skipIf(scale.emulated(), "2% cannot be told from the emulator's noise")
    def test_dropped_slices_are_noticed(self):
        fault = {"FAASTAX_FAULT_DROP_PERCENT": "2"}
        report, expected = self.measure(self.runtime_loop("crun", SANDBOXES), fault)
        found = problems(report, expected, SANDBOXES)
        self.assertTrue([p for p in found if p.startswith("busy ") and "oracle" in p], found)


if __name__ == "__main__":
    case.main()
