# SPDX-License-Identifier: Apache-2.0
"""How much a test does and how exact it must be, here and in the emulated virtual machine (tests/vm).

There every instruction is slow and the clocks jump: counts are smaller, figures may be further off. What is
counted must be right all the same."""
import os


def emulated():
    """True in the virtual machine of `./dev kernels`."""
    return os.environ.get("FAASTAX_VM") == "1"


def count(here, in_vm):
    """How many of something."""
    return in_vm if emulated() else here


def tolerance(here, in_vm):
    """How far off a figure may be."""
    return in_vm if emulated() else here
