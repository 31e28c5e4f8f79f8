#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every BPF program that `faastax doctor` names is in the kernel while faastax is attached: this kernel's
verifier has refused none, and what is attached has a link."""
import subprocess
import time
from pathlib import Path

from harness import bpf_objects, case, paths
from harness.stat import components, window

EVERYTHING = ("--interrupts",)  # what is switched off by itself
SAMPLED = {"FAASTAX_FAULT_SOFTWARE_CYCLES": "sampled"}  # so that what samples cycles is loaded as well
NAME_LENGTH = 15     # BPF_OBJ_NAME_LEN without its end
WORKERS_SECONDS = 2  # the kernel's own periodic work runs each second
NO_LINK = 3          # fx_flush and fx_symbol are run by user space, fx_found while faastax starts


class BpfPrograms(case.SystemTest):
    def test_all_are_loaded_and_attached_and_name_workers(self):
        """In one window: to load them is most of what an emulated machine does here."""
        done = subprocess.run([paths.program("faastax"), "doctor"], capture_output=True, text=True, check=True,
                              timeout=120)
        wanted = {line.split()[0][:NAME_LENGTH] for line in done.stdout.splitlines() if line.startswith("fx_")}
        before = {kind: set(bpf_objects.listing(kind)) for kind in ("prog", "link")}
        with window(self.dir, *EVERYTHING, environment=SAMPLED) as opened:
            loaded = [text for key, text in bpf_objects.listing("prog").items() if key not in before["prog"]]
            links = set(bpf_objects.listing("link")) - before["link"]
            time.sleep(WORKERS_SECONDS)
        names = {text.split()[-1][:NAME_LENGTH] for text in loaded}
        case.say(f"{len(wanted)} programs: {', '.join(sorted(wanted))}")
        self.assertEqual(set(), wanted - names)
        self.assertGreaterEqual(len(links), len(wanted) - NO_LINK)
        self.check_workers(components(opened.report))

    def check_workers(self, found):
        """Kernel workers have the names of their functions, as the kernel's own table has them."""
        workers = {name.removeprefix("kworker:") for name in found if name.startswith("kworker:")}
        symbols = {line.split()[2].split(".")[0] for line in
                   Path("/proc/kallsyms").read_text(encoding="ascii").splitlines()}
        case.say(f"{len(workers)} work functions: {', '.join(sorted(workers))}")
        self.assertTrue(workers)
        self.assertEqual(set(), workers - symbols)


if __name__ == "__main__":
    case.main()
