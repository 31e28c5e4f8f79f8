#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Byte-seconds and peak of sandboxes are what a 4 ms poll of their memory cgroups sees."""
import time

from harness import case, memory, oci, scale
from harness.stat import window

TOLERANCE = scale.tolerance(0.03, in_vm=0.2)
STATE_TOLERANCE = scale.tolerance(0.05, in_vm=0.3)
MIB = memory.MEBIBYTE
PORT = 18731


def error(oracle, seen):
    return seen / oracle - 1


class Memory(case.SystemTest):
    def check(self, name, oracle, seen, tolerance):
        case.say(f"{name}: oracle {oracle / MIB:.2f} MiB, seen {seen / MIB:.2f} MiB ({error(oracle, seen):+.2%})")
        if abs(error(oracle, seen)) > tolerance:
            self.failures.append(f"{name}: {error(oracle, seen):+.2%}")

    def setUp(self):
        super().setUp()
        self.failures = []

    def patterns(self, runtime_name, names):
        found = memory.run(self.dir, oci.Runtime(runtime_name, self.dir), names)
        for name, ((oracle, seen), (oracle_peak, seen_peak)) in found.items():
            self.check(f"{runtime_name} {name} byte-seconds", sum(oracle.values()), sum(seen.values()), TOLERANCE)
            self.check(f"{runtime_name} {name} peak", oracle_peak, seen_peak, TOLERANCE)
        self.assertEqual([], self.failures)

    def test_patterns_that_sleep(self):
        self.patterns("crun", ["step", "ramp", "sawtooth20", "sawtooth100", "children", "cache"])

    def test_a_task_that_never_leaves_its_cpu(self):
        for name in memory.SPINNING:
            self.patterns("crun", [name])

    def test_runc(self):
        self.patterns("runc", ["step", "sawtooth100", "children"])

    def test_states_limit_and_overhead(self):
        runtime = oci.Runtime("crun", self.dir)
        with window(self.dir, "--instances") as opened:
            held = memory.Held(self.dir, runtime, "fxmem-serve", ("serve", 32, 250, PORT), limit=256 * MIB)
            self.undo.callback(runtime.remove, held.name)
            held.wait_for("idle")
            for _ in range(4):
                held.request(PORT)
                time.sleep(0.25)
            held.terminate()
            held.finish()
        lived = held.poll.samples[-1][0] - held.poll.samples[0][0]
        (oracle, seen), (oracle_peak, seen_peak) = held.compare(opened.report)
        for state in memory.STATES:
            self.check(f"serve {state}", oracle[state], seen[state], STATE_TOLERANCE)
        self.check("serve byte-seconds", sum(oracle.values()), sum(seen.values()), TOLERANCE)
        self.check("serve peak", oracle_peak, seen_peak, TOLERANCE)
        self.assertEqual([], self.failures)
        reserved = opened.report["memory"]["reserved_byte_seconds"] / (256 * MIB)
        case.say(f"reserved for {reserved:.3f} s of {lived:.3f} s")
        self.assertGreater(reserved, 0.9 * lived)
        self.assertLess(reserved, scale.tolerance(1.02, in_vm=1.2) * lived)
        self.assertGreater(opened.report["memory"]["byte_seconds"]["overhead"], MIB * lived)
        self.assertIsInstance(opened.report["memory"]["dying_cgroups"], int)


if __name__ == "__main__":
    case.main()
