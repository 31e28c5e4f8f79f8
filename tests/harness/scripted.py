# SPDX-License-Identifier: Apache-2.0
"""Both sides of a connection into a sandbox, step by step: no step begins before the last one is over, so a
case says exactly which byte leaves when."""
import json
import shutil
import socket
import threading
from contextlib import contextmanager

from harness import netns, oci, paths, processes, wire

PORT = 8080


class Side:
    """One connection: `say` and `hear` are the client's, `answer` and `take` the server's."""

    def __init__(self, server, sock, number):
        self.server = server
        self.sock = sock
        self.number = number

    def say(self, data, bytewise=False):
        """The client sends."""
        if bytewise:
            wire.send_bytewise(self.sock, data)
        else:
            self.sock.sendall(data)

    def take(self, data):
        """The server receives exactly this."""
        got = self.order("receive", count=len(data))["data"].encode("latin-1")
        if got != data:
            raise AssertionError(f"the server got {got[:200]!r}, not {data[:200]!r}")

    def answer(self, data, bytewise=False):
        """The server sends."""
        self.order("send", data=data.decode("latin-1"), bytewise=bytewise)

    def hear(self, data):
        """The client receives exactly this."""
        got = wire.receive(self.sock, len(data))
        if got != data:
            raise AssertionError(f"the client got {got[:200]!r}, not {data[:200]!r}")

    def asks(self, data, bytewise=False):
        """From the client to the server, received."""
        sender = threading.Thread(target=self.say, args=(data, bytewise))
        sender.start()
        self.take(data)
        sender.join()

    def answers(self, data, bytewise=False):
        """From the server to the client, received."""
        hearer = threading.Thread(target=self.answer, args=(data, bytewise))
        hearer.start()
        self.hear(data)
        hearer.join()

    def exchange(self, request, response):
        """A whole one."""
        self.asks(request)
        self.answers(response)

    def order(self, what, **details):
        """An order to the server about this connection."""
        return self.server.order(what, connection=self.number, **details)

    def close(self):
        """The client closes, and the server after it."""
        self.sock.close()
        self.order("close")

    def server_closes(self):
        """The server closes, and the client after it."""
        self.order("close")
        self.hear(b"")
        self.sock.close()


class Server:
    """A sandbox that runs tests/helpers/scripted_server.py."""

    def __init__(self, process, pid):
        self.process = process
        self.pid = pid

    def order(self, what, **details):
        """One order and its answer."""
        line = json.dumps({"do": what, **details})
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise AssertionError(f"the server ended at {line[:200]}")
        return json.loads(answer)

    def calls(self, port):
        """A connection that the sandbox opens to 127.0.0.1:port, accepted here in its network namespace. In what
        is returned the sides are changed: the sandbox is the client there."""
        with netns.inside(self.pid), socket.create_server(("127.0.0.1", port)) as listener:
            number = self.order("dial", port=port)["connection"]
            sock = listener.accept()[0]
        return Side(self, sock, number)

    def reach(self, address="127.0.0.1", prepare=lambda sock: None, inside=None):
        """A socket that is connected; `prepare` sees it before. It is made in the network namespace of the process
        `inside`, the sandbox's own where none is given."""
        with netns.inside(inside or self.pid):
            sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
            sock.settimeout(20)
            prepare(sock)
            sock.connect((address, PORT))
        return sock

    def accept(self, sock):
        """The server accepts what a socket from reach() has asked for."""
        number = self.order("accept", family=6 if sock.family == socket.AF_INET6 else 4)["connection"]
        return Side(self, sock, number)

    def dial(self, first=b"", **options):
        """A new connection, accepted; `first` is sent before that. The options are those of reach()."""
        sock = self.reach(**options)
        if first:
            sock.sendall(first)
        return self.accept(sock)


@contextmanager
def server(runtime, folder, name, function, certificate=None):
    """A scripted server in a sandbox called `name`, of a function that is called `function`."""
    bundle = oci.node_bundle(folder, function, "/usr/bin/python3", ["/tests/helpers/scripted_server.py"],
                             folders={"/tests": paths.SOURCE / "tests"}, environment=["PYTHONPATH=/tests"])
    if certificate:
        shutil.copy(certificate, bundle / "rootfs" / "etc" / "server.pem")
    process = runtime.start(bundle, name)
    try:
        if json.loads(process.stdout.readline() or b"{}") != {"ready": True}:
            raise AssertionError(f"{name} did not start")
        yield Server(process, runtime.pid_of(name))
        process.stdin.close()
        process.wait(timeout=20)
    finally:
        runtime.remove(name)
        processes.stop(process)
        process.stdout.close()
