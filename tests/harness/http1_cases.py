# SPDX-License-Identifier: Apache-2.0
"""Cases of HTTP/1, of what becomes of it, and of what is no HTTP at all."""
import socket
import ssl
import threading
import time

from harness import netns, scripted, wire
from harness.request_case import CHUNKED, GET, OK, WAIT, burn, case, from_prober, post, response, within


# ---- one after another

@case(requests=5, in_flight_peak=1)
def keep_alive(server):
    """Five on one connection."""
    side = server.dial()
    for _ in range(5):
        side.exchange(GET, OK)
    side.close()


@case()
def silent(server):
    """A connection without a byte."""
    server.dial().close()


@case(requests=6)
def pipelined(server):
    """Three that come at once, answered at once; three more, answered one by one."""
    side = server.dial()
    side.exchange(GET * 3, OK * 3)
    side.asks(GET * 3)
    for _ in range(3):
        side.answers(OK)
    side.close()


@case(requests=2)
def pipelined_cut(server):
    """The second request's head is cut in two by the first one's segment."""
    side = server.dial()
    side.asks(GET + GET[:9])
    side.answers(OK)
    side.asks(GET[9:])
    side.answers(OK)
    side.close()


@case(requests=2, in_flight_peak=1)
def one_byte(server):
    """Every byte in its own segment, both ways."""
    side = server.dial()
    for request, answer in ((GET, OK), (post(b"body"), response(b"HTTP/1.1 200 OK\r\n\r\n"))):
        side.asks(request, bytewise=True)
        side.answers(answer, bytewise=True)
    side.close()


@case(requests=7, in_flight_peak=7)
def at_once(server):
    """Seven connections, all answered when all have asked."""
    sides = [server.dial() for _ in range(7)]
    for side in sides:
        side.asks(GET)
    for side in reversed(sides):
        side.answers(OK)
        side.close()


# ---- responses

@case(requests=2, longest=3 * WAIT, check=within("handle", 0.06))
def chunked(server):
    """A response in chunks over some time, with a trailer; the server works in between."""
    side = server.dial()
    side.asks(GET)
    side.answers(CHUNKED)
    for _ in range(3):
        burn(server)
        time.sleep(WAIT)
        side.answers(b"5;ext=1\r\n\r\n0\r\n\r\n")
    side.answers(b"0\r\nX-Trailer: 1\r\n\r\n")
    side.exchange(GET, OK)
    side.close()


@case(requests=1, longest=3 * WAIT)
def events(server):
    """Server-sent events: no length, until the server closes."""
    side = server.dial()
    side.exchange(GET, b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
    for i in range(3):
        time.sleep(WAIT)
        side.answers(b"data: %d\n\n" % i)
    side.server_closes()


@case(requests=1, longest=2 * WAIT)
def http10(server):
    """HTTP/1.0: the close ends the response."""
    side = server.dial()
    side.exchange(b"GET / HTTP/1.0\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\nfirst")
    time.sleep(2 * WAIT)
    side.answers(b"second")
    side.server_closes()


@case(requests=1, longest=4 * WAIT)
def long_poll(server):
    """Nothing for a while, then the answer."""
    side = server.dial()
    side.asks(GET)
    time.sleep(4 * WAIT)
    side.answers(OK)
    side.close()


@case(requests=2)
def head(server):
    """HEAD: the response has a length and no body."""
    side = server.dial()
    side.exchange(b"HEAD / HTTP/1.1\r\nHost: s\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    side.exchange(GET, OK)
    side.close()


@case(requests=3)
def bodiless(server):
    """204 and 304 have no body, whatever their length says."""
    side = server.dial()
    side.exchange(GET, b"HTTP/1.1 204 No Content\r\n\r\n")
    side.exchange(GET, b"HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n")
    side.exchange(GET, OK)
    side.close()


@case(requests=2)
def early_hints(server):
    """103, then 200."""
    side = server.dial()
    side.asks(GET)
    side.answers(b"HTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\n\r\n")
    side.answers(OK)
    side.exchange(GET, b"HTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\n\r\n" + OK)
    side.close()


@case(requests=3)
def looks_alike(server):
    """Bodies that look like requests and responses, whole and cut."""
    side = server.dial()
    side.exchange(post(GET * 2), response(OK * 3))
    side.asks(GET)
    whole = response(b"x" * 50 + OK)
    side.answers(whole[:-len(OK)])
    side.answers(OK)
    side.exchange(GET, OK)
    side.close()


# ---- requests with a body

@case(requests=2, in_flight_peak=1)
def upload(server):
    """Eight megabytes, and a small one behind."""
    side = server.dial()
    side.exchange(post(b"GET / HTTP/1.1\r\n\r\n" * 440000), OK)
    side.exchange(post(b""), OK)
    side.close()


@case(requests=1, longest=3 * WAIT)
def slow_upload(server):
    """A body that trickles in."""
    side = server.dial()
    request = post(b"x" * 40)
    side.asks(request[:-30])
    for i in range(3):
        time.sleep(WAIT)
        side.asks(request[-30 + 10 * i:][:10])
    side.answers(OK)
    side.close()


@case(requests=2)
def chunked_upload(server):
    """A request's body in chunks."""
    side = server.dial()
    side.asks(b"POST / HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n")
    side.asks(b"%x\r\n%s\r\n" % (len(GET), GET))
    side.asks(b"0\r\n\r\n")
    side.answers(OK)
    side.exchange(GET, OK)
    side.close()


@case(requests=2)
def expect_continue(server):
    """The sender waits for 100 Continue; once more, and it is refused."""
    side = server.dial()
    request = post(b"body", b"Expect: 100-continue")
    side.exchange(request[:-4], b"HTTP/1.1 100 Continue\r\n\r\n")
    side.exchange(request[-4:], OK)
    side.exchange(request[:-4], b"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n")
    side.close()


@case(requests=2, longest=2 * WAIT)
def early_response(server):
    """The response begins before the request has ended; it ends after it."""
    side = server.dial()
    request = post(b"x" * 20)
    side.asks(request[:-10])
    side.answers(CHUNKED + b"2\r\nhi\r\n")
    time.sleep(2 * WAIT)
    side.asks(request[-10:])
    side.answers(b"0\r\n\r\n")
    side.exchange(GET, OK)
    side.close()


# ---- ends before its time

@case(requests=1, aborted=1)
def cut_waiting(server):
    """The client goes before the answer."""
    side = server.dial()
    side.exchange(GET, OK)
    side.asks(GET)
    side.close()


@case(aborted=1)
def cut_streaming(server):
    """The client resets in the middle of a response."""
    side = server.dial()
    side.asks(GET)
    side.answers(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
    wire.reset(side.sock)
    side.order("send_large", count=1 << 20)
    side.order("close")


@case(aborted=1)
def cut_by_server(server):
    """The server closes in the middle of its response."""
    side = server.dial()
    side.exchange(GET, b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf")
    side.server_closes()


@case(aborted=1)
def cut_head(server):
    """The client goes in the middle of the request's head."""
    side = server.dial()
    side.asks(GET[:12])
    side.close()


# ---- protocols

@case(requests=1, longest=3 * WAIT)
def upgraded(server):
    """101, as WebSockets do: one request until it is closed, whoever talks."""
    side = server.dial()
    side.exchange(b"GET / HTTP/1.1\r\nHost: s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
                  b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    for _ in range(3):
        time.sleep(WAIT)
        side.exchange(b"\x81\x85abcdHello", b"\x81\x05Hello")
    side.close()


@case(requests=3, requests_inferred=3, check=within("handle", 0.06))
def unknown(server):
    """A protocol of nobody's: by its bytes' edges."""
    side = server.dial()
    for _ in range(3):
        side.asks(b"\x00\x01ping")
        burn(server)
        side.answers(b"\x00\x01pong")
    side.close()


@case(requests=3, requests_inferred=3, tls=True)
def tls(server):
    """TLS: past the handshake, by its bytes' edges."""
    _tls_exchanges(server, 3)


def _tls_exchanges(server, count):
    side = server.dial()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    waits = threading.Thread(target=side.order, args=("tls",), kwargs={"certificate": "/etc/server.pem"})
    waits.start()
    side.sock = context.wrap_socket(side.sock)
    waits.join()
    for _ in range(count):
        side.exchange(GET, OK)
    side.close()


# ---- who asks, and from where

@case(requests=8)
def network(server):
    """From another network namespace, over IPv4 and IPv6: large bodies in segments as a device gives them."""
    large = b"x" * 3000000
    with netns.neighbour(server.pid, {"10.99.7.%d/24": 1, "fd99:7::%d/64": 1}) as client:
        for address in ("10.99.7.1", "fd99:7::1"):
            side = server.dial(address=address, inside=client)
            side.exchange(GET, OK)
            side.exchange(post(large), OK)
            side.exchange(GET, response(large))
            side.exchange(GET, OK)
            side.close()


@case(requests=1)
def outgoing(server):
    """What the sandbox asks others is none of its requests; one that it asks itself is."""
    side = server.calls(9000)
    side.answer(GET)
    side.hear(GET)
    side.say(OK)
    side.take(OK)
    side.close()
    itself = server.order("dial", port=scripted.PORT)["connection"]
    accepted = server.order("accept", family=4)["connection"]
    for sender, receiver, data in ((itself, accepted, GET), (accepted, itself, OK)):
        server.order("send", connection=sender, data=data.decode())
        server.order("receive", connection=receiver, count=len(data))
    server.order("close", connection=itself)
    server.order("close", connection=accepted)


@case(requests=2)
def ipv6(server):
    """Over IPv6."""
    side = server.dial(address="::1")
    side.exchange(GET, OK)
    side.exchange(GET, OK)
    side.close()


@case(requests=2, probes=3, check=within("manage", 0.06, "handle", 0.04))
def probes(server):
    """Health probes beside requests, and none of their time is handling."""
    kubelet = b"GET /healthz HTTP/1.1\r\nHost: s\r\nUser-Agent: kube-probe/1.29\r\n\r\n"
    knative = b"GET / HTTP/1.1\r\nk-network-probe: queue\r\nHost: s\r\n\r\n"
    side = server.dial()
    for request in (kubelet, GET, knative, GET, kubelet):
        side.asks(request)
        burn(server)
        side.answers(OK)
    side.close()


@case(requests=1, probes=3, in_flight_peak=1, check=within("manage", 0.06))
def probe_source(server):
    """Probes by where they come from, HTTP or not."""
    side = server.dial(prepare=from_prober)
    for request, answer in ((GET, OK), (post(b"body"), OK)):
        side.asks(request)
        burn(server)
        side.answers(answer)
    side.close()
    side = server.dial(prepare=from_prober)
    side.asks(b"\x01ping")
    burn(server)
    side.answers(b"\x01pong")
    side.close()
    side = server.dial()
    side.exchange(GET, OK)
    side.close()


@case(requests=1, probes=1, in_flight_peak=1, check=within("handle", 0.02))
def probe_beside(server):
    """A probe while a request is open: the time is handling."""
    asking, probing = server.dial(), server.dial()
    asking.asks(GET)
    probing.asks(b"GET / HTTP/1.1\r\nuser-agent: kube-probe/1.29\r\nHost: s\r\n\r\n")
    burn(server)
    probing.answers(OK)
    asking.answers(OK)
    asking.close()
    probing.close()
