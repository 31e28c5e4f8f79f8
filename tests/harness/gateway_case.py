# SPDX-License-Identifier: Apache-2.0
"""What the tests of the gateway share: an instance that the test plays, and a gateway before it."""
from harness import case, gateway
from harness.gateway import HOST, OK


def post(length, extra=""):
    """The head of an upload."""
    return f"POST /up HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {length}\r\n{extra}\r\n".encode()


class GatewayCase(case.SystemTest):
    """One instance that the test plays, and a gateway before it."""

    def start(self, *options, instances=1):
        self.instances = [gateway.Instance() for _ in range(instances)]
        for one in self.instances:
            self.undo.callback(one.close)
        addresses = ",".join(one.address for one in self.instances)
        self.gateway = self.using(gateway.running("--route", f"lab/hello={addresses}", *options))

    def client(self, data=b""):
        wire = self.gateway.connect()
        self.undo.callback(wire.close)
        wire.say(data)
        return wire

    def taken(self, instance=0):
        """A connection of the gateway's and the request's head on it."""
        wire = self.instances[instance].accept()
        self.undo.callback(wire.close)
        return wire, wire.hear_until(b"\r\n\r\n")

    def exchange(self, client, upstream, answer=OK):
        """What the client gets for one answer."""
        upstream.say(answer)
        return client.message()
