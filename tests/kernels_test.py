#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The quick part of `./dev kernels` under one other kernel: the oldest that we promise, on pure cgroup v2."""
from harness import case, paths, scale
from vm import packages, plan, run


class Kernels(case.SystemTest):
    def test_quick_steps_under_6_1(self):
        if scale.emulated():
            self.skipTest("is for the host")
        for name in ("qemu-system-x86_64", "mke2fs", "depmod", "dpkg-deb"):
            paths.tool(name)
        steps = plan.steps(everything=False)
        try:
            outcome = run.run("6.1", steps)
        except packages.Unavailable as reason:
            self.skipTest(str(reason))
        for step in steps:
            case.say(f"{outcome.kernel.release}: {step.name} {outcome.verdict(step)}")
        run.report_failures(outcome, steps)
        self.assertTrue(outcome.passed(steps))


if __name__ == "__main__":
    case.main()
