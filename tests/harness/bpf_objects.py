# SPDX-License-Identifier: Apache-2.0
"""What BPF objects the kernel holds, by bpftool."""
import json
import subprocess
import time

from harness import paths

KINDS = ("prog", "link", "map")


def _bpftool(*arguments):
    command = [paths.tool("bpftool"), "-j", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return json.loads(done.stdout) if done.stdout.strip() else []


def listing(kind):
    """{id: description} of all programs, links or maps."""
    return {entry["id"]: f"{kind} {entry['id']} {entry.get('type', '')} {entry.get('name', '')}"
            for entry in _bpftool(kind, "show")}


def snapshot():
    """All programs, links and maps."""
    return {kind: listing(kind) for kind in KINDS}


def added_since(before, patience=5):
    """Descriptions of what is there now and was not before. The kernel frees some objects a little later
    than the descriptor that held them is closed, hence the patience."""
    deadline = time.monotonic() + patience
    while True:
        now = snapshot()
        added = [text for kind in KINDS for key, text in now[kind].items() if key not in before[kind]]
        if not added or time.monotonic() > deadline:
            return added
        time.sleep(0.1)


def map_bytes(identifier):
    """Keys and values of one map as raw bytes, or nothing for a kind that cannot be read."""
    dump = _bpftool("map", "dump", "id", str(identifier))
    return b"".join(raw_bytes(dump))


def raw_bytes(node):
    """The bytes in a dump: lists of "0x.." and plain strings."""
    if isinstance(node, list):
        if node and all(isinstance(item, str) and item.startswith("0x") for item in node):
            yield bytes(int(item, 16) for item in node)
            return
        for item in node:
            yield from raw_bytes(item)
    elif isinstance(node, dict):
        for item in node.values():
            yield from raw_bytes(item)
    elif isinstance(node, str):
        yield node.encode()


def programs():
    """bpftool's entries of all loaded programs."""
    return _bpftool("prog", "show")


def live_accounts(pid):
    """How many tasks book to each of a process's accounts that have any, by the youngest table of accounts."""
    table = max(entry["id"] for entry in _bpftool("map", "show") if entry.get("name") == "fx_accounts")
    lines = [entry["formatted"]["value"] for entry in _bpftool("map", "dump", "id", str(table))]
    return [line["tasks"] for line in lines if line["tgid"] == pid and line["tasks"] > 0]
