# SPDX-License-Identifier: Apache-2.0
"""What the programs that see payload cost: small requests, and responses of 1 MB."""
from harness import agent, netns, oci, paths, processes, servers
from switch_cost import cost

PROGRAMS = ("fx_ingress", "fx_egress", "fx_switch")
MEGABYTE = 1_000_000


def small_requests(server, count):
    """GET with a short answer, one kept-alive connection."""
    url = f"http://127.0.0.1:{servers.PORT}/run"
    processes.run([paths.tool("nsenter"), "-t", server.pid, "-n", paths.tool("h2load"), "--h1", "-c", "1",
                   "-n", count, url])


def download(pid, count):
    """GET of a file of 1 MB, each on a connection of its own, as busybox's httpd closes it."""
    for _ in range(count):
        connection = netns.connect(pid, servers.PORT)
        connection.sendall(b"GET /body HTTP/1.1\r\nHost: sandbox\r\n\r\n")
        received = 0
        while part := connection.recv(1 << 18):
            received += len(part)
        connection.close()
        if received < MEGABYTE:
            raise AssertionError(f"{received} bytes came")


def file_server(folder):
    """Context: a sandbox in which busybox serves one file."""
    bundle_root = folder / "fxfile-bundle" / "rootfs"
    oci.bundle(folder / "fxfile-bundle", ["/bin/true"])
    (bundle_root / "tmp" / "body").write_bytes(bytes(MEGABYTE))
    return servers.running(folder, "fxfile", 1, ("/bin/busybox", "httpd", "-f", "-p", str(servers.PORT),
                                                 "-h", "/tmp"))


def rows_of(name, costs, count):
    """A table's rows: per run, runs a request, and their product."""
    for program in PROGRAMS[:2]:
        each, runs = costs[program]
        yield (name, program, f"{each:.0f}", f"{runs / count:.1f}", f"{each * runs / count / 1000:.2f}", runs)


def report(results, folder, quick):
    """Both loads; there is no limit to break."""
    small, large = (500, 20) if quick else (20_000, 500)
    results.section("The payload programs", "ns per run by the kernel's BPF statistics, whose own cost (70 to 80 ns "
                    "here) is in it; all packets of the node while it runs.")
    rows = []
    with agent.running(folder):
        with servers.running(folder, "fxsmall", 1) as (server,):
            small_requests(server, 200)
            rows += rows_of("small HTTP/1.1 request, kept alive",
                            cost(PROGRAMS, lambda: small_requests(server, small)), small)
        with file_server(folder) as (server,):
            download(server.pid, 5)
            rows += rows_of("response of 1 MB", cost(PROGRAMS, lambda: download(server.pid, large)), large)
    results.table(("load", "program", "ns per run", "runs a request", "µs a request", "runs"), rows)
