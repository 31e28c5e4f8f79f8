# SPDX-License-Identifier: Apache-2.0
"""The first file system: busybox, the modules that the disks need, and a script that goes on to the real root.

The sandboxes' runtimes change their root by pivot_root, which an initramfs refuses: hence a second one, on a disk."""
import gzip
import lzma
import stat
import subprocess
from pathlib import Path

MODULES = ("virtio_pci", "virtio_blk")
FOLDERS = ("bin", "dev", "proc", "sys", "root")
SCRIPT = """#!/bin/busybox sh
b=/bin/busybox
$b mount -t devtmpfs dev /dev
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
for module in {modules}; do $b insmod /$module; done
while [ ! -b /dev/vda ]; do $b sleep 0.1; done
$b mount -t ext4 /dev/vda /root
for folder in dev proc sys; do $b mount -o move /$folder /root/$folder; done
exec $b switch_root /root /bin/sh /guest
"""


def _modules(tree, release):
    """Files of the modules that the disks need, in the order of loading; none of those that are built in."""
    wanted = []
    for name in MODULES:
        done = subprocess.run(["modprobe", "--dirname", str(tree), "--set-version", release, "--show-depends", name],
                              capture_output=True, text=True, check=True, timeout=60)
        for line in done.stdout.splitlines():
            words = line.split()
            if words[0] == "insmod" and words[1] not in wanted:
                wanted.append(words[1])
    return [Path(path) for path in wanted]


def _entry(name, mode, data=b""):
    """One file in cpio's "newc" format: a header of hexadecimal fields, padded to 4 bytes like what follows."""
    path = name.encode() + b"\0"
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields) + path
    return header + bytes(-len(header) % 4) + data + bytes(-len(data) % 4)


def build(kernel, busybox, target):
    """Writes the archive for one kernel."""
    parts = [_entry(name, stat.S_IFDIR | 0o755) for name in FOLDERS]
    parts.append(_entry("bin/busybox", stat.S_IFREG | 0o755, Path(busybox).read_bytes()))
    names = []
    for path in _modules(kernel.tree, kernel.release):
        data = lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()
        names.append(path.name.removesuffix(".xz"))
        parts.append(_entry(names[-1], stat.S_IFREG | 0o644, data))
    parts.append(_entry("init", stat.S_IFREG | 0o755, SCRIPT.format(modules=" ".join(names)).encode()))
    parts.append(_entry("TRAILER!!!", 0))
    Path(target).write_bytes(gzip.compress(b"".join(parts), compresslevel=1))
