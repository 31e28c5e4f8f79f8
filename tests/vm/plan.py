# SPDX-License-Identifier: Apache-2.0
"""What runs in the virtual machine.

A step is a system test of ours or a program. Its limit is for what hangs: a machine that others use can be ten
times as slow."""
from dataclasses import dataclass

FAASTAX = "/faastax/build/bin/faastax"


@dataclass(frozen=True)
class Step:
    """One line of the table."""
    name: str
    shows: str        # for docs/kernels.md
    seconds: int      # limit
    command: tuple
    quick: bool = False


def _test(name, shows, seconds, quick=False, only=()):
    return Step(name, shows, seconds, ("python3", f"/faastax/tests/{name}_test.py", *only), quick)


STEPS = (
    Step("doctor", "`faastax doctor` finds what it needs", 60, (FAASTAX, "doctor"), quick=True),
    _test("bpf_programs", "every BPF program loads and attaches", 120, quick=True),
    _test("own_seconds", "CPU of instances, whose tasks come by attach, fork and `CLONE_INTO_CGROUP`", 900, quick=True),
    _test("short_sandboxes", "sandboxes of a few ms, none missed", 600, quick=True),
    _test("cpu_hotplug", "CPUs that go, return, and come after the attach", 600, quick=True),
    _test("sandbox_tools", "the tests' own ground: runc, crun, containerd with CNI, oracles", 600),
    _test("books", "the books of crun, runc and containerd with CNI against `/proc/schedstat`", 900),
    _test("requests", "requests over HTTP/1, HTTP/2 and others, each counted as the client counts it", 900),
    _test("attach_live", "instances and connections that were there before", 600),
    _test("lab", "the lab with runc, every request answered and counted", 600,
          only=("Lab.test_runc_for_a_short_while",)),
    _test("kill_bpf", "nothing stays behind", 600),
    _test("errors", "what goes wrong is said", 600),
)


def steps(everything):
    """All steps, or those of the quick run."""
    return [step for step in STEPS if everything or step.quick]
