# SPDX-License-Identifier: Apache-2.0
"""Scaling events, as a control plane tells them: read, and a place that takes them."""
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TYPES = {f"dev.faastax.scaling.{kind}.v1": kind for kind in ("decision", "instance", "request")}


def by_kind(events):
    """The data of the events in lists by kind, each once; fails if one is no such event or is there twice."""
    result = {kind: [] for kind in TYPES.values()}
    seen = set()
    for event in events:
        assert event["specversion"] == "1.0", event
        identity = event["source"], event["id"]
        assert identity not in seen, identity
        seen.add(identity)
        result[TYPES[event["type"]]].append(event["data"])
    assert len({source for source, _ in seen}) <= 1, "one run is one source"
    return result


def read(file):
    """The events of a file of JSON lines."""
    return [json.loads(line) for line in Path(file).read_text(encoding="utf-8").splitlines()]


class Inbox:
    """What came to POST /v1/events; the first answers are these statuses, then 200."""

    def __init__(self, statuses):
        self.statuses = list(statuses)
        self.lock = threading.Lock()
        self.stored = []
        self.tokens = set()
        self.sizes = []

    def take(self, request):
        body = request.rfile.read(int(request.headers["Content-Length"]))
        with self.lock:
            self.tokens.add(request.headers.get("Authorization"))
            status = self.statuses.pop(0) if self.statuses else 200
            if status == 200:
                batch = json.loads(body)
                self.sizes.append(len(batch))
                self.stored.extend(batch)
        return status if request.path == "/v1/events" else 404


@contextmanager
def inbox(statuses=()):
    """An HTTP server on a free port that takes batches; gives the inbox and its URL."""
    box = Inbox(statuses)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):  # pylint: disable=invalid-name
            status = box.take(self)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield box, f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
