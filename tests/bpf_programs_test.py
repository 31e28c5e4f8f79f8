#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every BPF program that `faastax doctor` names is in the kernel while faastax is attached: this kernel's
verifier has refused none, and what is attached has a link."""
import subprocess

from harness import bpf_objects, case, paths
from harness.stat import window

EVERYTHING = ("--interrupts",)  # what is switched off by itself
SAMPLED = {"FAASTAX_FAULT_SOFTWARE_CYCLES": "sampled"}  # so that what samples cycles is loaded as well
NAME_LENGTH = 15     # BPF_OBJ_NAME_LEN without its end
NO_LINK = 2          # fx_flush is run by user space, fx_found while faastax starts


class BpfPrograms(case.SystemTest):
    def test_all_are_loaded_and_attached(self):
        done = subprocess.run([paths.program("faastax"), "doctor"], capture_output=True, text=True, check=True,
                              timeout=120)
        wanted = {line.split()[0][:NAME_LENGTH] for line in done.stdout.splitlines() if line.startswith("fx_")}
        before = {kind: set(bpf_objects.listing(kind)) for kind in ("prog", "link")}
        with window(self.dir, *EVERYTHING, environment=SAMPLED):
            loaded = [text for key, text in bpf_objects.listing("prog").items() if key not in before["prog"]]
            links = set(bpf_objects.listing("link")) - before["link"]
        names = {text.split()[-1][:NAME_LENGTH] for text in loaded}
        case.say(f"{len(wanted)} programs: {', '.join(sorted(wanted))}")
        self.assertEqual(set(), wanted - names)
        self.assertGreaterEqual(len(links), len(wanted) - NO_LINK)


if __name__ == "__main__":
    case.main()
