# SPDX-License-Identifier: Apache-2.0
"""Real clients against real servers in sandboxes; the client's own count is the oracle.

`run(folder)` gives an Outcome of each, as request_cases.run does. With `full` the loads are ten times as
large."""
import re
from contextlib import contextmanager

from harness import netns, oci, paths, processes, scale, stat
from harness.request_case import Counts, Outcome

PORT = 8080
REQUESTS = scale.count(2000, in_vm=400)
UNARY, STREAMS = scale.count(200, in_vm=40), scale.count(20, in_vm=4)
LOADS = {}


def load(make):
    """Lists a load under its function's name; `make(sandboxes, size)` plays it and returns the Counts that the
    client saw."""
    LOADS[make.__name__] = make
    return make


class Sandboxes:
    """Starts the servers of one run."""

    def __init__(self, folder):
        self.folder = folder
        self.runtime = oci.Runtime("crun", folder)

    @contextmanager
    def serving(self, name, program, *arguments, folders=None):
        """A program of the node in a sandbox, until the block ends; yields its first process's id."""
        bundle = oci.node_bundle(self.folder / name, f"rq-{name}"[:15], program, arguments, folders=folders)
        sandbox = f"fxreq-{name}"
        process = self.runtime.start(bundle, sandbox)
        try:
            pid = processes.wait_until(lambda: self.runtime.pid_of(sandbox), f"{name} runs")
            processes.wait_until(lambda: netns.listens(pid, PORT), f"{name} listens")
            yield pid
        finally:
            self.runtime.remove(sandbox)
            process.stdin.close()
            process.stdout.close()
            process.wait(timeout=20)


def inside(pid, *command):
    """Runs a client in the sandbox's network namespace, outside of its cgroup; returns what it says."""
    return processes.run([paths.tool("nsenter"), f"--net=/proc/{pid}/ns/net", "--", *command])


def h2load(pid, count, *options, path="/"):
    """Requests that h2load says were answered well."""
    url = f"http://127.0.0.1:{PORT}{path}"
    text = inside(pid, paths.tool("h2load"), "-n", count, *options, url)
    done, succeeded = re.search(r"(\d+) done, (\d+) succeeded", text).groups()
    if not count == int(done) == int(succeeded):
        raise AssertionError(text)
    return int(succeeded)


@load
def http1_64(sandboxes, size):
    """h2load over HTTP/1.1, 64 connections kept alive."""
    with sandboxes.serving("http1_64", "/built/faastax-function",
                           folders={"/built": paths.BUILD / "bin"}) as pid:
        return Counts(requests=h2load(pid, REQUESTS * size, "--h1", "-c", 64, path="/healthz"))


@load
def http2_streams(sandboxes, size):
    """h2load over HTTP/2, 8 connections with 10 streams each."""
    site = sandboxes.folder / "site"
    site.mkdir()
    (site / "index.html").write_text("x" * 3000, encoding="ascii")
    with sandboxes.serving("http2_streams", paths.tool("nghttpd"), "--no-tls", "-d", "/site", str(PORT),
                           folders={"/site": site}) as pid:
        return Counts(requests=h2load(pid, REQUESTS * size, "-c", 8, "-m", 10))


@load
def grpc(sandboxes, size):
    """gRPC: unary calls and streams of three kinds, four at a time on one connection."""
    built = paths.BUILD / "tests" / "helpers"
    unary, streams = UNARY * size, STREAMS * size
    with sandboxes.serving("grpc", "/built/grpc_echo", "serve", folders={"/built": built}) as pid:
        well = int(inside(pid, paths.helper("grpc_echo"), "call", unary, streams))
        if well != unary + 3 * streams:
            raise AssertionError(f"{well} calls went well")
        return Counts(requests=well)


def run(folder, names=None, full=False):
    """Plays the loads in one window; [Outcome]."""
    sandboxes = Sandboxes(folder)
    outcomes = []
    with stat.window(folder, "--instances") as opened:
        for name in names or LOADS:
            outcomes.append(Outcome(name, LOADS[name](sandboxes, 10 if full else 1)))
    for outcome in outcomes:
        rows = [row for row in opened.report["instances_detail"] if row["sandbox"] == f"fxreq-{outcome.name}"]
        if len(rows) == 1:
            outcome.seen = outcome.expected.of(rows[0])
        else:
            outcome.problems.append(f"{len(rows)} rows")
    return outcomes
