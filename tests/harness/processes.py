# SPDX-License-Identifier: Apache-2.0
"""Child processes that never outlive their test. Only processes started here are signalled, by pid."""
import os
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from harness import scale


def run(command, **options):
    """Runs to the end, fails with the command's own words."""
    options.setdefault("timeout", 120)
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def stop(process, patience=10):
    """SIGTERM, then SIGKILL for one that does not listen; returns its status."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


@contextmanager
def child(command, **options):
    """A process that is stopped at the end of the block."""
    process = subprocess.Popen([str(c) for c in command], **options)
    try:
        yield process
    finally:
        stop(process)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()


def wait_until(condition, what, seconds=20, pause=0.02):
    """Polls until `condition()` is true and returns what it gave."""
    deadline = time.monotonic() + scale.tolerance(seconds, in_vm=5 * seconds)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(pause)


def where_they_are(pid):
    """A process's and its descendants' threads with their states and places in the kernel: of what hangs."""
    shown = []
    for task in sorted(Path(f"/proc/{pid}/task").glob("[0-9]*")):
        try:
            name, state = (task / "comm").read_text().strip(), (task / "stat").read_text().rpartition(") ")[2][0]
            shown.append(f"{task.name} {name} {state}\n{(task / 'stack').read_text()}")
            for child_pid in (task / "children").read_text().split():
                shown.append(where_they_are(child_pid))
        except OSError:
            continue
    return "".join(shown)


def descendant(pid, name):
    """The pid of a process of that name below `pid`, at any depth; None when there is none."""
    try:
        children = [int(child) for task in os.listdir(f"/proc/{pid}/task")
                    for child in Path(f"/proc/{pid}/task/{task}/children").read_text(encoding="ascii").split()]
    except OSError:
        return None
    for child in children:
        try:
            found = child if Path(f"/proc/{child}/comm").read_text(encoding="utf-8").strip() == name else None
        except OSError:
            continue
        found = found or descendant(child, name)
        if found:
            return found
    return None


def resident_bytes(pid):
    """Resident memory of a process."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
