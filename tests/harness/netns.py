# SPDX-License-Identifier: Apache-2.0
"""Sockets inside a sandbox's own network namespace, from outside of it."""
import ctypes
import os
import socket
from contextlib import contextmanager

from harness import paths, processes

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


@contextmanager
def neighbour(pid, addresses):
    """The id of a process in a network namespace of its own, with a cable to that of `pid`. `addresses` has the
    networks and their hosts' parts at that end: {"10.9.0.%d/24": 1} gives 10.9.0.1 there and 10.9.0.2 here."""
    command = [paths.tool("unshare"), "--net", "sleep", "600"]
    home = os.readlink("/proc/self/ns/net")
    with processes.child(command) as there:
        processes.wait_until(lambda: os.readlink(f"/proc/{there.pid}/ns/net") != home, "a namespace")
        ip = paths.tool("ip")
        processes.run([ip, "link", "add", "fxcable", "netns", pid, "type", "veth", "peer", "name", "fxcable",
                       "netns", there.pid])
        for end, offset in ((pid, 0), (there.pid, 1)):
            enter = [paths.tool("nsenter"), f"--net=/proc/{end}/ns/net", "--", ip]
            processes.run([*enter, "link", "set", "fxcable", "up"])
            for network, host in addresses.items():
                processes.run([*enter, "addr", "add", network % (host + offset), "dev", "fxcable", "nodad"])
        yield there.pid


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
