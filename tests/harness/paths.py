# SPDX-License-Identifier: Apache-2.0
"""Where the build under test and the source tree are."""
import os
import shutil
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("FAASTAX_BUILD_DIR", SOURCE / "build" / "dev")).resolve()


def program(name):
    """Path of a program of ours. A build without it is a failure, not a reason to skip."""
    path = BUILD / "bin" / name
    if not path.exists():
        raise AssertionError(f"{name} is not in {BUILD}/bin")
    return str(path)


def helper(name):
    """Path of a small program that only the tests use."""
    path = BUILD / "tests" / "helpers" / name
    if not path.exists():
        raise AssertionError(f"test helper {name} is not built")
    return str(path)


def tool(name):
    """Path of an installed tool; the test skips without it."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        raise unittest.SkipTest(f"{name} is not installed")
    return path


def rounds(short):
    """How often to do what has to hold at random moments: 100 times in `./dev check --full`, or as FAASTAX_ROUNDS says."""
    return int(os.environ.get("FAASTAX_ROUNDS", 100 if full() else short))


def full():
    """True in `./dev check --full`, which runs longer."""
    return os.environ.get("FAASTAX_FULL") == "1"
