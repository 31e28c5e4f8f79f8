# SPDX-License-Identifier: Apache-2.0
"""A running gateway, instances that a test plays itself, and clients that say exactly what they are told."""
import re
import socket
import urllib.request
from contextlib import contextmanager

from harness import paths, processes
from harness.ports import free_port

HOST = "hello.lab.example.com"
GET = f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Wire:
    """A connection, with what was read and not asked for yet."""

    def __init__(self, sock):
        self.sock = sock
        self.sock.settimeout(10)
        self.rest = b""

    def say(self, data):
        """Sends all of it."""
        self.sock.sendall(data)

    def hear_until(self, end):
        """Everything up to `end`, which is part of it."""
        while end not in self.rest:
            more = self.sock.recv(65536)
            if not more:
                raise AssertionError(f"closed after {self.rest[:300]!r}")
            self.rest += more
        at = self.rest.index(end) + len(end)
        heard, self.rest = self.rest[:at], self.rest[at:]
        return heard

    def hear(self, count):
        """So many bytes."""
        while len(self.rest) < count:
            more = self.sock.recv(65536)
            if not more:
                raise AssertionError(f"closed after {self.rest[:300]!r}")
            self.rest += more
        heard, self.rest = self.rest[:count], self.rest[count:]
        return heard

    def skip(self, count):
        """So many bytes, which are not kept."""
        count -= len(self.rest)
        self.rest = b""
        while count > 0:
            more = self.sock.recv(min(count, 1 << 20))
            if not more:
                raise AssertionError(f"closed {count} bytes too soon")
            count -= len(more)

    def hear_to_end(self):
        """All that comes until the other side closes."""
        heard, self.rest = self.rest, b""
        while True:
            try:
                more = self.sock.recv(65536)
            except ConnectionResetError:
                more = b""
            if not more:
                return heard
            heard += more

    def message(self):
        """(head, body) of a message that has a Content-Length or no body."""
        head = self.hear_until(b"\r\n\r\n")
        length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
        return head, self.hear(int(length[1])) if length else b""

    def status(self):
        """Of the next response, whose body is taken."""
        return int(self.message()[0].split()[1])

    def reset(self):
        """Closes with a reset, as a killed process does that has something unread."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.sock.close()

    def close(self):
        """Closes."""
        self.sock.close()


class Instance:
    """A listener that the test answers for."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(10)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]

    def accept(self):
        """The gateway's next connection."""
        return Wire(self.listener.accept()[0])

    def nobody_came(self, seconds=0.3):
        """True when no connection comes in that time."""
        self.listener.settimeout(seconds)
        try:
            self.listener.accept()[0].close()
            return False
        except TimeoutError:
            return True
        finally:
            self.listener.settimeout(10)

    def close(self):
        """Listens no more."""
        self.listener.close()


class Gateway:
    """The process, and where it listens."""

    def __init__(self, process, port, admin):
        self.process = process
        self.port = port
        self.admin = admin

    def connect(self):
        """A client's connection."""
        return Wire(socket.create_connection(("127.0.0.1", self.port)))

    def metric(self, name):
        """A value of /metrics."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/metrics", timeout=5) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(f"faastax_gateway_{name} "):
                    return float(line.split()[1])
        raise AssertionError(f"no metric {name}")


def listens(port):
    """True when something does."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


@contextmanager
def running(*options, program="faastax-gateway"):
    """A gateway (or the sidecar) with these options, ready."""
    port, admin = free_port(), free_port()
    more = ["--admin", f"127.0.0.1:{admin}"] if program == "faastax-gateway" else []
    with processes.child([paths.program(program), "--listen", f"127.0.0.1:{port}", *more, *options]) as process:
        processes.wait_until(lambda: listens(port), "the gateway listens")
        yield Gateway(process, port, admin)
