# SPDX-License-Identifier: Apache-2.0
"""The gateway as a proxy beside nginx as one: the same kept-alive clients at the same fixed rate, the same trivial
server behind both (nginx that returns two bytes), one after the other in alternating order."""
import statistics
import subprocess
import time
from contextlib import contextmanager

from harness import gateway, paths, processes
from loads import cpu_seconds
from overhead import latencies
from results import ratio

CLIENTS, A_SECOND = 20, 4000
MOST_CPU, MOST_P99 = 1.4, 2.0


def nginx_config(folder, name, server, upstream=""):
    """One worker, no log, connections kept alive; `server` is what it does."""
    (folder / f"{name}.conf").write_text(f"""
worker_processes 1; daemon off; pid {folder}/{name}.pid; error_log {folder}/{name}.log crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000000; tcp_nodelay on; server_tokens off;
  {upstream}
  server {{ {server} }}
}}
""", encoding="ascii")
    return ["-c", folder / f"{name}.conf", "-p", folder, "-e", folder / f"{name}.log"]


@contextmanager
def nginx(folder, name, port, server, upstream=""):
    """A running nginx; gives the worker's pid."""
    command = [paths.tool("nginx"), *nginx_config(folder, name, f"listen 127.0.0.1:{port}; {server}", upstream)]
    with processes.child(command) as master:
        processes.wait_until(lambda: gateway.listens(port), f"{name} listens")
        yield int(processes.run(["pgrep", "-P", master.pid]))


@contextmanager
def origin(folder):
    """The server behind; gives its port."""
    port = gateway.free_port()
    with nginx(folder, "origin", port, 'location / { return 200 "ok"; }'):
        yield port


@contextmanager
def nginx_proxy(folder, server):
    """(pid, port) of nginx as a proxy, as its manual says to keep connections upstream."""
    port = gateway.free_port()
    upstream = f"upstream origin {{ server 127.0.0.1:{server}; keepalive 64; keepalive_requests 1000000000; }}"
    location = 'location / { proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; }'
    with nginx(folder, "proxy", port, location, upstream) as worker:
        yield worker, port


@contextmanager
def our_proxy(server):
    """(pid, port) of the gateway."""
    with gateway.running("--route", f"lab/hello=127.0.0.1:{server}") as running:
        yield running.process.pid, running.port


def block(folder, proxy, count):
    """(CPU seconds of the proxy per request, p99 in seconds) of one run of `count` requests."""
    pid, port = proxy
    log = folder / "requests"
    log.unlink(missing_ok=True)
    command = [paths.tool("h2load"), "--h1", "-c", CLIENTS, "-n", count, "--rps", A_SECOND / CLIENTS, "--log-file", log,
               "-H", "X-Faastax-Function: lab/hello", f"http://127.0.0.1:{port}/"]
    before = cpu_seconds(pid)
    subprocess.run([str(word) for word in command], stdout=subprocess.DEVNULL, check=True, timeout=120)
    used = cpu_seconds(pid) - before
    answered = sorted(latencies(log))
    if len(answered) != count:
        raise AssertionError(f"{len(answered)} answers of {count}")
    return used / count, answered[int(0.99 * count)]


def rounds_of(folder, proxies, rounds, count):
    """[(nginx, gateway)…], each (CPU, p99), alternating which comes first."""
    found = []
    for i in range(rounds):
        order = (0, 1) if i % 2 else (1, 0)
        both = {which: block(folder, proxies[which], count) for which in order}
        found.append((both[0], both[1]))
        time.sleep(0.1)
    return found


def report(results, folder, quick):
    """A table of both figures against their limits."""
    rounds, count = (2, 4000) if quick else (8, 8000)
    results.section("The gateway beside nginx", f"`faastax-gateway` and nginx (one worker) as reverse proxies on loopback "
                    f"before the same server that returns two bytes; h2load, {CLIENTS} kept-alive connections, "
                    f"{A_SECOND} requests/s, {rounds} alternating rounds of {count} requests. CPU is that of the proxy's "
                    "process, the kernel's work for it included.")
    with origin(folder) as server, nginx_proxy(folder, server) as peer, our_proxy(server) as ours:
        for proxy in (peer, ours):
            block(folder, proxy, 1000)
        found = rounds_of(folder, (peer, ours), rounds, count)
    rows = []
    for i, (name, most) in enumerate((("CPU per request", MOST_CPU), ("p99", MOST_P99))):
        compared = ratio([(theirs[i], ours[i]) for theirs, ours in found])
        holds = results.limit(f"{name} of the gateway", compared.middle <= most)
        rows.append((name, *(f"{1e6 * statistics.median(one[which][i] for one in found):.1f} µs" for which in (0, 1)),
                     compared, f"≤ {most:g}: {holds}"))
    results.table(("", "nginx", "gateway", "gateway / nginx (95%)", "limit"), rows)
