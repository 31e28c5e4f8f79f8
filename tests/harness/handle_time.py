# SPDX-License-Identifier: Apache-2.0
"""A function that logs its own CPU time, while a request is open and while none is, beside what faastax books."""
import time

from harness import netns, oci, paths, scale, stat

TOLERANCE = scale.tolerance(0.03, in_vm=0.3)
PORT = 8080
REQUEST = b"GET / HTTP/1.1\r\nHost: sandbox\r\n\r\n"
RESPONSE_BYTES = len("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ndone\n")
NAME = "fxhandle"


def _ask(connection, count, think):
    for _ in range(count):
        connection.sendall(REQUEST)
        got = 0
        while got < RESPONSE_BYTES:
            got += len(connection.recv(4096))
        time.sleep(think)


def measure(folder, requests, handle_us, idle_us, period_ms, think):
    """Runs one sandbox; {activity: (its own seconds, seconds booked)} for handle and idle."""
    arguments = ["/bin/handle_server", str(handle_us), str(idle_us), str(period_ms)]
    bundle = oci.bundle(folder / "handle", arguments, extra=[paths.helper("handle_server")])
    runtime = oci.Runtime("crun", folder)
    try:
        with stat.window(folder, "--instances") as opened, runtime.start(bundle, NAME) as sandbox:
            if sandbox.stdout.readline() != b"ready\n":
                raise AssertionError("the server did not start")
            with netns.connect(runtime.pid_of(NAME), PORT) as connection:
                _ask(connection, requests, think)
            words = sandbox.communicate(timeout=20)[0].split()
    finally:
        runtime.remove(NAME)
    (row,) = [row for row in opened.report["instances_detail"] if row["sandbox"] == NAME]
    if row["requests"] != requests:
        raise AssertionError(f"{row['requests']} requests, not {requests}")
    own = {"handle": int(words[1]) / 1e9, "idle": int(words[3]) / 1e9}
    return {activity: (seconds, row["cpu_seconds"][activity]) for activity, seconds in own.items()}
