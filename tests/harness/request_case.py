# SPDX-License-Identifier: Apache-2.0
"""What a case of the requests' test is: what is played, and what faastax must have counted of it."""
import math
from dataclasses import dataclass, field

from harness import scale

GET = b"GET / HTTP/1.1\r\nHost: sandbox\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
WAIT = 0.1
PROBING_NETWORK = "127.0.0.8/30"  # nothing but health probes, by the rules of this test
PROBER = "127.0.0.9"
CASES = {}


def from_prober(sock):
    """Prepares a socket to come from where probes do."""
    sock.bind((PROBER, 0))


@dataclass
class Counts:
    """What a sandbox's row must say; None: anything."""

    requests: int = 0
    aborted: int = 0
    requests_inferred: int = 0
    probes: int = 0
    in_flight_peak: int | None = None

    def of(self, row):
        """The same of a row of `instances_detail`, with what is not asked for left out."""
        return Counts(**{name: None if value is None else row[name] for name, value in vars(self).items()})


@dataclass
class Outcome:
    """One case: `expected` and `seen` are equal where faastax is right."""

    name: str
    expected: Counts
    seen: Counts | None = None
    problems: list = field(default_factory=list)
    played: float = 0  # seconds

    @property
    def right(self):
        """True when nothing is wrong."""
        return not self.problems and self.seen == self.expected


@dataclass
class Case:
    """`play(server)` is what happens. `longest`: seconds that the longest request took at least; `check(row)`
    lists what else is wrong."""

    play: object
    expected: Counts
    longest: float = 0
    tls: bool = False
    check: object = None


def case(longest=0, tls=False, check=None, **counts):
    """Lists the function as a case under its own name."""
    def add(play):
        CASES[play.__name__] = Case(play, Counts(**counts), longest, tls, check)
        return play
    return add


def within(*expected):
    """A check that the CPU time of each activity is what was burned in it, and little more: an activity and its
    seconds, in turns."""
    def most(seconds):
        return math.inf if scale.emulated() else 1.3 * seconds + 0.01

    def check(row):
        cpu = row["cpu_seconds"]
        return [f"{activity} {cpu[activity]:.4f} s, not {seconds} s"
                for activity, seconds in zip(expected[::2], expected[1::2])
                if not seconds <= cpu[activity] <= most(seconds)]
    return check


def response(body):
    """A whole response."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def post(body, *headers):
    """A whole request with a body."""
    lines = b"".join(header + b"\r\n" for header in headers)
    return b"POST / HTTP/1.1\r\nHost: sandbox\r\nContent-Length: %d\r\n%s\r\n%s" % (len(body), lines, body)


def burn(server, milliseconds=20):
    """CPU time in the server."""
    server.order("burn", ms=milliseconds)
