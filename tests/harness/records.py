# SPDX-License-Identifier: Apache-2.0
"""Records as they lie in an agent's spool and in a collector's store, read without the programs' own code:
segments of the spool (agent/spool/segment.hpp) and protobuf's wire format (proto/records.proto)."""
import struct
import zlib
from collections import namedtuple

MAGIC = b"FXSPOOL1"
HEADER = struct.Struct("<8sQII")
FRAME = struct.Struct("<IIQ")

Instance = namedtuple("Instance", "uid sequence sandbox ended runtime")
NodeLedger = namedtuple("NodeLedger", "agent sequence wall lost_records has_runtime_versions")


def _varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def fields(data):
    """{number: last value} of a message: integers, or bytes of what has a length."""
    found, at = {}, 0
    while at < len(data):
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = _varint(data, at)
        else:
            size, at = (8, at) if kind == 1 else (4, at) if kind == 5 else _varint(data, at)
            value, at = data[at:at + size], at + size
        found[tag >> 3] = value
    return found


def instance(data):
    """An InstanceRecord."""
    has = fields(data)
    return Instance(has[1].decode(), has[2], has.get(4, b"").decode(), has.get(31, b"").decode(),
                    has.get(10, b"").decode())


def node_ledger(data):
    """A NodeLedger."""
    has = fields(data)
    return NodeLedger(has[2].decode(), has[3], has.get(11, 0), has.get(22, 0), 23 in has)


def _record(data):
    has = fields(data)
    return instance(has[1]) if 1 in has else node_ledger(has[2])


def _segment(data):
    """(index of the first frame, [payload]) of a segment's whole frames."""
    magic, first, checksum, _ = HEADER.unpack_from(data)
    assert magic == MAGIC and checksum == zlib.crc32(data[:16])
    payloads, at = [], HEADER.size
    while at + FRAME.size <= len(data):
        length, checksum, _ = FRAME.unpack_from(data, at)
        frame = data[at + 8:at + FRAME.size + length]
        if len(frame) < 8 + length or zlib.crc32(frame) != checksum:
            break
        payloads.append(frame[8:])
        at += FRAME.size + length
    return first, payloads


def spooled(folder):
    """({index: record} of all that a spool's files hold, the index of the next one)."""
    found, following = {}, 0
    for path in sorted(folder.glob("*.seg")):
        first, payloads = _segment(path.read_bytes())
        found.update(enumerate(map(_record, payloads), first))
        following = max(following, first + len(payloads))
    return found, following


def stored(collector):
    """([Instance], [NodeLedger]) of a collector's SQLite file."""
    return ([instance(row[0]) for row in collector.rows("SELECT record FROM instance")],
            [node_ledger(row[0]) for row in collector.rows("SELECT record FROM node_ledger")])
