# SPDX-License-Identifier: Apache-2.0
"""Ports for servers that tests start."""
import itertools
import os
import socket
from functools import lru_cache

FIRST, LAST = 10240, 32768  # below those that the kernel gives to clients
OWN = 64  # of each process: tests run beside each other


@lru_cache
def _of_process(pid):
    slices = (LAST - FIRST) // OWN
    begin = FIRST + pid % slices * OWN
    return itertools.cycle(range(begin, begin + OWN))


def free_port():
    """A port of 127.0.0.1 that nothing listens on now, and that no other test takes meanwhile."""
    for port in itertools.islice(_of_process(os.getpid()), OWN):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError(f"{OWN} ports are in use")
