# SPDX-License-Identifier: Apache-2.0
"""Cases of what comes to a listener: requests that a handshake brings along, and those that no connection follows."""
import socket
import struct

from harness import wire
from harness.request_case import GET, OK, burn, case, from_prober, within

# linux/tcp.h; Python does not name them
TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ = 19, 20, 21
REPAIR_ON, REPAIR_OFF, RECEIVED, SENT = 1, -1, 1, 2


def _held(sock):
    """Prepares a socket to say its handshake's last word with its first bytes."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)


def _restored(sock):
    """Prepares a socket to believe that it was connected before: its server knows nothing of it."""
    sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, REPAIR_ON)
    for queue in (RECEIVED, SENT):
        sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR_QUEUE, queue)
        sock.setsockopt(socket.IPPROTO_TCP, TCP_QUEUE_SEQ, struct.pack("I", 1000))


def _asks_in_vain(server, prepare=lambda sock: None):
    """A socket that has sent a request to a server that knows nothing of it; the answer takes 3 s."""
    def restored(sock):
        prepare(sock)
        _restored(sock)
    sock = server.reach(prepare=restored)
    sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, REPAIR_OFF)
    sock.sendall(GET)
    return sock


def _is_refused(sock):
    try:
        wire.receive(sock, 1)
    except ConnectionResetError:
        sock.close()
    else:
        raise AssertionError("a connection that nobody knows was not reset")


@case(requests=2)
def handshake_data(server):
    """The request comes with the handshake's last acknowledgement."""
    side = server.dial(prepare=_held, first=GET)
    side.take(GET)
    side.answers(OK)
    side.exchange(GET, OK)
    side.close()


@case(requests=2, probes=2, in_flight_peak=1, check=within("manage", 0.02, "handle", 0.02))
def handshake_probe(server):
    """A connection comes with its first request alone, from where probes come and from elsewhere."""
    server.order("listen", backlog=128, defer=True)
    for prepare in (from_prober, lambda sock: None):
        side = server.dial(prepare=prepare, first=GET)
        side.take(GET)
        burn(server)
        side.answers(OK)
        side.exchange(GET, OK)
        side.close()


@case(requests=1, in_flight_peak=1, check=within("handle", 0))
def stale(server):
    """Requests on connections that the server has forgotten are refused: none of them is open."""
    stale_ones = [_asks_in_vain(server) for _ in range(3)]
    stale_ones.append(_asks_in_vain(server, prepare=from_prober))
    for sock in stale_ones:
        _is_refused(sock)
    burn(server)
    side = server.dial()
    side.exchange(GET, OK)
    side.close()


@case(requests=2)
def full(server):
    """No room in the queue of connections: the request comes again until there is."""
    server.order("listen", backlog=0, defer=False)
    socks = [server.reach(prepare=_held) for _ in range(2)]
    for sock in socks:
        sock.sendall(GET)
    for sock in socks:
        side = server.accept(sock)
        side.take(GET)
        side.answers(OK)
        side.close()
