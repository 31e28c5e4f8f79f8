# SPDX-License-Identifier: Apache-2.0
"""faastax-collector on free ports of the loopback interface, and those who send to it."""
import http.client
import json
import signal
import sqlite3
import ssl
import subprocess
import time
from contextlib import closing, contextmanager

from harness import agent, http_client, paths, processes

STRUCTURED = "application/cloudevents+json"
BATCHED = "application/cloudevents-batch+json"


class Collector:
    """A collector that can be killed and started again on its ports and store."""

    def __init__(self, folder, arguments=(), store=None):
        self.folder = folder
        self.store = folder / "collector.db"
        self.url = store or f"sqlite:{self.store}"
        self.port = agent.free_port()
        self.http_port = agent.free_port()
        self.arguments = list(arguments)
        self.log = folder / "collector.log"
        self.process = None

    def start(self, ready=True):
        """Starts it; `ready`: waits until it says so."""
        command = [paths.program("faastax-collector"), "--listen", f"127.0.0.1:{self.port}", "--listen-http",
                   f"127.0.0.1:{self.http_port}", "--store", self.url, *self.arguments]
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=out)
        if ready:
            processes.wait_until(self.is_ready, "the collector is ready")

    def kill(self):
        """kill -9."""
        process = self.process
        process.send_signal(signal.SIGKILL)
        process.wait()

    def stop(self):
        """SIGTERM; its status."""
        return processes.stop(self.process, patience=30) if self.process else 0

    def is_ready(self):
        """True once it answers; one that has ended is a failure."""
        if self.process.poll() is not None:
            raise AssertionError("the collector ended: " + self.log.read_text(encoding="utf-8"))
        try:
            return self.ready()[0] == 200
        except OSError:
            return False

    def ready(self):
        """(status, text) of /readyz."""
        return self.ask("GET", "/readyz")

    def ask(self, method, path, body=None, headers=None, context=None):
        """(status, text) of one HTTP request."""
        port = self.http_port
        made = (http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=context) if context
                else http.client.HTTPConnection("127.0.0.1", port, timeout=20))
        with closing(made) as connection:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def post(self, body, kind=STRUCTURED, headers=None, context=None):
        """(status, text) of events that are posted; what is no text is made JSON."""
        body = body if isinstance(body, (str, bytes)) else json.dumps(body)
        return self.ask("POST", "/v1/events", body, {"Content-Type": kind, **(headers or {})}, context)

    def samples(self):
        """One scrape."""
        return agent.parse(http_client.get(f"http://127.0.0.1:{self.http_port}/metrics"))

    def total(self, name, **labels):
        """Sum of a metric's series with these labels."""
        return agent.total(self.samples(), name, **labels)

    def rows(self, query):
        """All rows of a query to its SQLite file."""
        with closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True, timeout=20)) as database:
            return database.execute(query).fetchall()

    def replay(self, batches, options=()):
        """Sends batches (as JSON has them); ([acknowledgements], status code, its message)."""
        done = subprocess.run(
            [paths.helper("send_records"), "--target", f"127.0.0.1:{self.port}", *map(str, options), "replay"],
            input="".join(json.dumps(batch) + "\n" for batch in batches), capture_output=True, text=True,
            check=False, timeout=60)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        if not lines or "status" not in lines[-1]:
            raise AssertionError(done.stdout + done.stderr)
        return lines[:-1], lines[-1]["status"], lines[-1]["message"]

    def load_command(self, *options):
        """The command of a load of full-size records."""
        return [paths.helper("send_records"), "--target", f"127.0.0.1:{self.port}", "load", *map(str, options)]


@contextmanager
def running(folder, arguments=(), store=None):
    """A collector that is ready, stopped at the end of the block."""
    collector = Collector(folder, arguments, store)
    try:
        collector.start()
        yield collector
    finally:
        collector.stop()


def batch(number, *records, version="0.1.0"):
    """A RecordBatch as JSON."""
    return {"number": number, "agentVersion": version, "records": list(records)}


def instance(boot, number, sequence=1, node="n1", observed=None, **more):
    """An InstanceRecord as JSON."""
    observed = time.time_ns() if observed is None else observed
    return {"instance": {"uid": f"{boot}-{number:016x}", "sequence": sequence, "node": node, "observed": observed, **more}}


def uid_of(packed):
    """An instance's uid from its key in the store: a boot that is no UUID, and 8 bytes."""
    return f"{packed[1:-8].decode()}-{packed[-8:].hex()}"


def node_ledger(sequence, start, end, node="n1", life="boot-1"):
    """A NodeLedger as JSON."""
    return {"nodeLedger": {"node": node, "agent": life, "sequence": sequence, "start": start, "end": end}}


def decision(number, source="lab/test", **data):
    """A decision's event in structured mode."""
    return {"specversion": "1.0", "type": "dev.faastax.scaling.decision.v1", "source": source, "id": f"d-{number}",
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "data": {"decision_id": f"d-{number}", "namespace": "lab", "function": "f1", "track": "regular",
                     "policy": "async", "from": 1, "to": 3, "reason": "stable window", **data}}


class Authority:
    """A certificate authority of a test's own, made with openssl."""

    def __init__(self, folder, name):
        self.folder = folder
        self.certificate = folder / f"{name}.pem"
        self.key = folder / f"{name}.key"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                      "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.certificate)

    def issue(self, name, days=1):
        """(certificate, key) of a name on 127.0.0.1; negative days: it has expired."""
        certificate, key, request = (self.folder / f"{name}.{end}" for end in ("pem", "key", "csr"))
        extensions = self.folder / f"{name}.ext"
        extensions.write_text("subjectAltName=IP:127.0.0.1\n", encoding="utf-8")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                      f"/CN={name}", "-keyout", key, "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
                      "-days", days, "-extfile", extensions, "-out", certificate)
        return certificate, key

    def context(self):
        """For clients that trust it."""
        return ssl.create_default_context(cafile=self.certificate)

    @staticmethod
    def _openssl(*arguments):
        processes.run([paths.tool("openssl"), *arguments])
