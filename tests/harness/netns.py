# SPDX-License-Identifier: Apache-2.0
"""Sockets inside a sandbox's own network namespace, from outside of it."""
import ctypes
import os
import socket
from contextlib import contextmanager

CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


def _enter(descriptor):
    if _LIBC.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


@contextmanager
def inside(pid):
    """The calling thread is in the process's network namespace for the block; a socket made there stays."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
    try:
        _enter(there)
        try:
            yield
        finally:
            _enter(home)
    finally:
        os.close(there)
        os.close(home)


def connect(pid, port, timeout=20):
    """A TCP connection to 127.0.0.1:port as the process sees it."""
    with inside(pid):
        return socket.create_connection(("127.0.0.1", port), timeout=timeout)


def listens(pid, port):
    """True when something accepts connections there."""
    try:
        connect(pid, port, timeout=1).close()
    except OSError:
        return False
    return True
