# SPDX-License-Identifier: Apache-2.0
"""TCP as two scripted sides use it: byte by byte, to the last one, cut off."""
import fcntl
import socket
import struct
import termios
import time


def send_bytewise(sock, data):
    """Every byte in a segment of its own: the next one leaves when the other side has got the last."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for i in range(len(data)):
        sock.sendall(data[i:i + 1])
        while struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, b"\0" * 4))[0]:
            time.sleep(0.0002)


def receive(sock, count):
    """`count` bytes, fewer where the other side closes."""
    data = b""
    while len(data) < count:
        # Acknowledged at once: a bytewise sender waits for that.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        more = sock.recv(min(count - len(data), 1 << 20))
        if not more:
            break
        data += more
    return data


def reset(sock):
    """Closes by a reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
