# SPDX-License-Identifier: Apache-2.0
"""What runs in the virtual machine.

A step is a system test of ours, or some of its methods, or a program. Its limit is for what hangs: a machine that
others use can be ten times as slow."""
from dataclasses import dataclass

FAASTAX = "/faastax/build/bin/faastax"

# What may be left out there; any other skip fails its step.
EXPECTED_SKIPS = {
    "Books.test_dropped_slices_are_noticed": "2% cannot be told from the emulator's noise",
}


@dataclass(frozen=True)
class Step:
    """One line of the table."""
    name: str
    shows: str        # for docs/kernels.md
    seconds: int      # limit
    command: tuple
    quick: bool = False


def _test(name, shows, seconds, quick=False, only=()):
    """The quick run may have a few methods of a test by themselves: then its name says them."""
    label = name if not only else f"{name} ({', '.join(method.partition('.test_')[2] for method in only)})"
    return Step(label, shows, seconds, ("python3", f"/faastax/tests/{name}_test.py", *only), quick)


STEPS = (
    Step("doctor", "`faastax doctor` finds what it needs", 60, (FAASTAX, "doctor"), quick=True),
    _test("bpf_programs", "every BPF program loads and attaches", 240, quick=True),
    _test("own_seconds", "CPU of instances, whose tasks come by attach, fork and `CLONE_INTO_CGROUP`", 180,
          only=("OwnSeconds.test_three_ways_into_the_cgroup",)),
    _test("short_sandboxes", "sandboxes of a few ms, none missed", 180, quick=True),
    _test("requests", "HTTP/1, HTTP/2 and gRPC under load, counted as the client counts", 180, quick=True,
          only=("Requests.test_loads",)),
    _test("cpu_hotplug", "CPUs that go and return", 240, quick=True,
          only=("CpuHotplug.test_goes_and_comes_back_twice",)),
    _test("cpu_hotplug", "CPUs that come after the attach", 180, only=("CpuHotplug.test_comes_after_the_attach",)),
    _test("sandbox_tools", "the tests' own ground: runc, crun, containerd with CNI, oracles", 600),
    _test("books", "the books of crun, runc and containerd with CNI against `/proc/schedstat`", 900),
    _test("own_seconds", "CPU of instances with many threads, wake-ups and execs, and frozen ones", 600,
          only=("OwnSeconds.test_ways_to_live",)),
    _test("requests", "each hard case of requests, counted as client or server count", 1200,
          only=("Requests.test_hard_cases",)),
    _test("attach_live", "instances and connections that were there before", 600),
    _test("handle_time", "handle and idle time against the function's own clock, within 30%", 300),
    _test("memory", "memory's byte-seconds and peaks against a poll, within 20%", 600),
    _test("interrupts", "interrupts carved out and not", 300),
    _test("lab", "the lab with runc, every request answered and counted", 600,
          only=("Lab.test_runc_for_a_short_while",)),
    _test("emergency", "emergency instances: as the profiler sees them, limits by v2 controllers, isolation, leaks", 600),
    _test("kill_bpf", "nothing stays behind", 600),
    _test("errors", "what goes wrong is said", 600),
)


def steps(everything):
    """All steps, or those of the quick run."""
    return [step for step in STEPS if everything or step.quick]


def named(words):
    """Steps whose names begin with one of the words."""
    return [step for step in STEPS if any(step.name.startswith(word) for word in words)]
