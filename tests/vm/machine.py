# SPDX-License-Identifier: Apache-2.0
"""QEMU without KVM: it runs wherever the tests do. Accuracy and speed are not to be looked for in it."""
import json
import shutil
import subprocess
import time

from vm.packages import Unavailable

CPUS = 2
# The fewest features: five levels of page tables and wide vectors are emulated a third slower than what they replace.
CPU = "qemu64"
MEMORY_MIB = 1536
# Before the tests beside it: an emulated CPU that waits for a real one loses its timer, and those mostly wait.
NICENESS = "-10"
# An emulated timer that comes late is no reason not to boot; a fault of the kernel or a CPU that is stuck ends the
# guest at once, and the console shows where each CPU is.
KERNEL_TELLS = "loglevel=5 no_timer_check oops=panic softlockup_panic=1 softlockup_all_cpu_backtrace=1"


def command(kernel, archive, root, work, results):
    """QEMU's command line. The console is its stdout; what the guest changes on disk is dropped."""
    qemu = shutil.which("qemu-system-x86_64")
    if qemu is None:
        raise Unavailable("qemu-system-x86_64 is not installed")
    # It dies with this process, whatever that dies of. One thread for all CPUs: with one for each, a CPU can execute a
    # breakpoint of the kernel's own patching that is gone (QEMU before 8.1; Red Hat's bug 2216496).
    return ["nice", "-n", NICENESS, "setpriv", "--pdeathsig", "KILL", qemu,
            "-machine", "pc", "-accel", "tcg,thread=single", "-cpu", CPU,
            "-smp", str(CPUS), "-m", f"{MEMORY_MIB}M", "-nodefaults", "-no-reboot",
            "-display", "none", "-net", "none",
            "-kernel", str(kernel.image), "-initrd", str(archive),
            "-append", "console=ttyS0 panic=-1 mitigations=off tsc=reliable " + KERNEL_TELLS,
            "-drive", f"file={root},if=virtio,format=raw,snapshot=on",
            "-drive", f"file={work},if=virtio,format=raw,snapshot=on",
            "-serial", "stdio", "-serial", f"file:{results}"]


def _results(path):
    """What the guest reported, by name, in order; a half-written last line is left out."""
    found = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
            except json.JSONDecodeError:
                continue
            found[entry["name"]] = entry
    return found


def run(line, folder, seconds):
    """Boots, waits for the end of the plan, and returns ({name: result}, seconds). The console's text is in
    console.log. A guest that is not done in time is killed; what it had reported still counts."""
    console, results = folder / "console.log", folder / "results.jsonl"
    results.unlink(missing_ok=True)
    start = time.monotonic()
    with open(console, "wb") as out:
        with subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT) as process:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
            finally:
                process.kill()
    return _results(results), time.monotonic() - start
