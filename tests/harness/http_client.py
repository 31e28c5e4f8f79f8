# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 over a socket that stays open."""
import urllib.request


def request(connection, path, headers=(), body=b"", method="GET"):
    """One request and its whole answer: (status, body)."""
    lines = [f"{method} {path} HTTP/1.1", "Host: sandbox", f"Content-Length: {len(body)}", *headers]
    connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, answer = data.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    while len(answer) < int(fields[b"content-length"]):
        answer += _more(connection)
    return int(head.split()[1]), answer


def _more(connection):
    data = connection.recv(65536)
    if not data:
        raise AssertionError("the connection was closed in the middle of an answer")
    return data


def get(url, timeout=10):
    """Body of a URL on this machine, as text."""
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        return answer.read().decode()
