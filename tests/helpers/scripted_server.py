#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A server that does what it is told on stdin, one JSON object a line, and answers each with a line.

It listens on port 8080, IPv4 and IPv6 apart, and says {"ready": true}. Orders:
  {"do": "listen", "backlog": n, "defer": bool} sets how many may wait, and whether a connection comes with its
                                              first byte alone; IPv4
  {"do": "accept", "family": 4 or 6}          → {"connection": n}
  {"do": "dial", "port": p}                   → {"connection": n}; to 127.0.0.1
  {"do": "receive", "connection": n, "count": bytes}   → {"data": text}, as latin-1
  {"do": "send", "connection": n, "data": text, "bytewise": bool}
  {"do": "send_large", "connection": n, "count": bytes} sends zeros until the other side is gone
  {"do": "tls", "connection": n, "certificate": path}
  {"do": "close" | "reset", "connection": n}
  {"do": "burn", "ms": milliseconds}          of CPU time
"""
import json
import socket
import ssl
import sys
import time

from harness import wire

PORT = 8080


class Server:
    def __init__(self):
        self.listeners = {}
        for name, family, address in ((4, socket.AF_INET, "0.0.0.0"), (6, socket.AF_INET6, "::")):
            listener = socket.socket(family, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((address, PORT))
            listener.listen(128)
            self.listeners[name] = listener
        self.connections = []

    def connection(self, order):
        return self.connections[order["connection"]]

    def listen(self, order):
        self.listeners[4].setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 10 if order["defer"] else 0)
        self.listeners[4].listen(order["backlog"])
        return {}

    def accept(self, order):
        self.connections.append(self.listeners[order["family"]].accept()[0])
        return {"connection": len(self.connections) - 1}

    def dial(self, order):
        self.connections.append(socket.create_connection(("127.0.0.1", order["port"])))
        return {"connection": len(self.connections) - 1}

    def receive(self, order):
        return {"data": wire.receive(self.connection(order), order["count"]).decode("latin-1")}

    def send(self, order):
        data = order["data"].encode("latin-1")
        if order.get("bytewise"):
            wire.send_bytewise(self.connection(order), data)
        else:
            self.connection(order).sendall(data)
        return {}

    def send_large(self, order):
        try:
            self.connection(order).sendall(b"\0" * order["count"])
        except OSError:
            pass
        return {}

    def tls(self, order):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(order["certificate"])
        number = order["connection"]
        self.connections[number] = context.wrap_socket(self.connections[number], server_side=True)
        return {}

    def close(self, order):
        self.connection(order).close()
        return {}

    def reset(self, order):
        wire.reset(self.connection(order))
        return {}

    def burn(self, order):
        end = time.process_time() + order["ms"] / 1000
        while time.process_time() < end:
            pass
        return {}


def main():
    server = Server()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(getattr(server, order["do"])(order)), flush=True)


if __name__ == "__main__":
    main()
