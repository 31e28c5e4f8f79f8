# SPDX-License-Identifier: Apache-2.0
"""Cases of HTTP/2 without TLS, frame by frame (RFC 9113)."""
import struct
import time

from harness.request_case import WAIT, case, from_prober

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 2, 3, 4, 6, 7, 8, 9
END_STREAM, ACK, END_HEADERS, PADDED, WITH_PRIORITY = 1, 1, 4, 8, 32
CANCEL = struct.pack(">I", 8)
# HPACK (RFC 7541) from the static table: GET, http, /, and ":authority: s" with its name's index.
QUESTION = b"\x82\x86\x84\x41\x01s"
ANSWER = b"\x88"  # :status 200


def frame(kind, stream, payload=b"", flags=0):
    """One frame."""
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def ask(stream, flags=END_STREAM):
    """The HEADERS of a request, by default all of it."""
    return frame(HEADERS, stream, QUESTION, END_HEADERS | flags)


def answer(stream, body=b"ok"):
    """A whole response: HEADERS and DATA."""
    return frame(HEADERS, stream, ANSWER, END_HEADERS) + frame(DATA, stream, body, END_STREAM)


def dial(server, **options):
    """A connection on which both sides have said their settings."""
    side = server.dial(**options)
    side.asks(PREFACE + frame(SETTINGS, 0, struct.pack(">HI", 3, 100)))
    side.answers(frame(SETTINGS, 0) + frame(SETTINGS, 0, flags=ACK))
    side.asks(frame(SETTINGS, 0, flags=ACK) + frame(WINDOW_UPDATE, 0, struct.pack(">I", 1 << 20)))
    return side


@case()
def h2_silent(server):
    """Settings, a ping and a farewell are no requests."""
    side = dial(server)
    side.exchange(frame(PING, 0, b"12345678"), frame(PING, 0, b"12345678", ACK))
    side.asks(frame(GOAWAY, 0, struct.pack(">II", 0, 0)))
    side.close()


@case(requests=4, in_flight_peak=3)
def h2_streams(server):
    """Three at once, answered out of order and interleaved; then one more."""
    side = dial(server)
    side.asks(ask(1) + ask(3) + ask(5))
    side.answers(frame(HEADERS, 3, ANSWER, END_HEADERS) + frame(HEADERS, 5, ANSWER, END_HEADERS))
    side.answers(frame(DATA, 5, b"a", END_STREAM) + frame(DATA, 3, b"b"))
    side.answers(answer(1) + frame(DATA, 3, b"c", END_STREAM))
    side.exchange(ask(7), answer(7))
    side.close()


@case(requests=1, longest=3 * WAIT)
def h2_events(server):
    """A stream that lasts, as gRPC's do; it ends with trailers."""
    side = dial(server)
    side.asks(ask(1))
    side.answers(frame(HEADERS, 1, ANSWER, END_HEADERS))
    for _ in range(3):
        time.sleep(WAIT)
        side.answers(frame(DATA, 1, b"x" * 10))
    side.answers(frame(HEADERS, 1, b"\x00\x01a\x01b", END_HEADERS | END_STREAM))
    side.close()


@case(requests=1, longest=2 * WAIT)
def h2_upload(server):
    """A request's body in frames, and an answer that ends after it."""
    side = dial(server)
    side.asks(ask(1, flags=0))
    side.answers(frame(HEADERS, 1, ANSWER, END_HEADERS))
    for _ in range(2):
        time.sleep(WAIT)
        side.asks(frame(DATA, 1, PREFACE * 50))
    side.asks(frame(DATA, 1, b"", END_STREAM))
    side.answers(frame(DATA, 1, b"", END_STREAM))
    side.close()


@case(requests=1, aborted=2)
def h2_reset(server):
    """Either side cancels a stream, and a third one goes on."""
    side = dial(server)
    side.asks(ask(1) + ask(3) + ask(5))
    side.asks(frame(RST_STREAM, 1, CANCEL))
    side.answers(frame(RST_STREAM, 3, CANCEL))
    side.answers(answer(5))
    side.close()


@case(requests=1, aborted=2)
def h2_cut(server):
    """The client goes with two open."""
    side = dial(server)
    side.exchange(ask(1), answer(1))
    side.asks(ask(3) + ask(5))
    side.answers(frame(HEADERS, 5, ANSWER, END_HEADERS) + frame(DATA, 5, b"half"))
    side.close()


@case(requests=3, in_flight_peak=1)
def h2_frames(server):
    """Padding, priorities, a block in pieces, frames of kinds that nobody knows, 1xx before the answer."""
    side = dial(server)
    padded = b"\x03" + struct.pack(">IB", 0, 15) + QUESTION + b"\0" * 3
    side.asks(frame(HEADERS, 1, padded, END_HEADERS | END_STREAM | PADDED | WITH_PRIORITY))
    side.answers(frame(HEADERS, 1, b"\x08\x03103", END_HEADERS))  # :status 103, RFC 9113 §8.1
    side.answers(answer(1))
    side.asks(frame(HEADERS, 3, QUESTION[:2], END_STREAM) + frame(CONTINUATION, 3, QUESTION[2:], END_HEADERS))
    side.answers(frame(HEADERS, 3, b"") + frame(CONTINUATION, 3, ANSWER, END_HEADERS))
    side.answers(frame(DATA, 3, b"\x02ok\0\0", PADDED | END_STREAM))
    side.asks(frame(0xEE, 5, b"?") + frame(PRIORITY, 5, struct.pack(">IB", 0, 15)) + ask(5))
    side.answers(frame(HEADERS, 5, ANSWER, END_HEADERS | END_STREAM))
    side.close()


@case(requests=2, in_flight_peak=2)
def h2_bytes(server):
    """Every byte in its own segment."""
    side = dial(server)
    side.asks(ask(1) + frame(PING, 0, b"12345678") + ask(3), bytewise=True)
    side.answers(answer(3) + answer(1, body=ask(9) * 3), bytewise=True)
    side.close()


@case(requests=2)
def h2_preface(server):
    """The preface in two pieces, and the first request right behind it."""
    side = server.dial()
    side.asks(PREFACE[:7])
    side.asks(PREFACE[7:] + frame(SETTINGS, 0) + ask(1))
    side.answers(frame(SETTINGS, 0) + frame(SETTINGS, 0, flags=ACK) + answer(1))
    side.exchange(ask(3), answer(3))
    side.close()


@case(requests=3)
def h2_large(server):
    """Bodies of many segments both ways, larger than a frame."""
    side = dial(server)
    body = (ask(9) + answer(11)) * 300
    for stream in (1, 3, 5):
        side.asks(ask(stream, flags=0))
        for _ in range(20):
            side.asks(frame(DATA, stream, body))
        side.asks(frame(DATA, stream, b"", END_STREAM))
        side.answers(frame(HEADERS, stream, ANSWER, END_HEADERS) + frame(DATA, stream, body) * 20)
        side.answers(frame(DATA, stream, b"", END_STREAM))
    side.close()


@case(requests=2)
def h2_upgrade(server):
    """From HTTP/1.1 (RFC 7540 §3.2): the first request is stream 1."""
    side = server.dial()
    side.asks(b"GET / HTTP/1.1\r\nHost: s\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
              b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n")
    side.answers(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
                 + frame(SETTINGS, 0))
    side.asks(PREFACE + frame(SETTINGS, 0))
    side.answers(frame(SETTINGS, 0, flags=ACK) + answer(1))
    side.exchange(ask(3), answer(3))
    side.close()


@case(requests=1, probes=2)
def h2_probes(server):
    """Streams of a connection from where probes come, as gRPC's health checks are."""
    side = dial(server, prepare=from_prober)
    side.exchange(ask(1) + ask(3), answer(1) + answer(3))
    side.close()
    side = dial(server)
    side.exchange(ask(1), answer(1))
    side.close()
