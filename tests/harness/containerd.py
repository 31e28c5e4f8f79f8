# SPDX-License-Identifier: Apache-2.0
"""A containerd of the test's own.

It runs in its own mount and network namespaces: the shims' sockets, CNI's configuration and cache, the bridge
and the iptables rules are then the test's alone, and vanish with it, whatever the node runs besides.
"""
import json
import os
import signal
import time
from pathlib import Path

from harness import cgroups, image, paths, processes, rootfs

CONFIG = """version = 2
root = "{dir}/root"
state = "{dir}/state"
oom_score = 0
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.opt"]
[grpc]
  address = "{dir}/containerd.sock"
[ttrpc]
  address = "{dir}/containerd.sock.ttrpc"
"""

# A subnet that exists only inside the network namespace; nothing is ever sent to it.
NETWORK = {
    "cniVersion": "0.4.0", "name": "faastax-test",
    "plugins": [
        {"type": "bridge", "bridge": "fxtest0", "isGateway": True, "ipMasq": True,
         "ipam": {"type": "host-local", "subnet": "10.233.0.0/16", "routes": [{"dst": "0.0.0.0/0"}]}},
        {"type": "portmap", "capabilities": {"portMappings": True}},
        {"type": "firewall"},
        {"type": "tuning"},
    ],
}

# What containerd, its shims and ctr have fixed in /etc, /opt, /run and /var is laid over by the test's own.
ENTER = """set -e
over() { mkdir -p "$1"; mount -t tmpfs tmpfs "$1"; }
over /run/containerd; over /var/lib/cni; over /etc/cni; over /opt/cni
mkdir -p /etc/cni/net.d; cp "$1/network.conflist" /etc/cni/net.d/10-test.conflist
ln -s "$2" /opt/cni/bin
ip link set lo up
exec "$3" --config "$1/config.toml" --log-level warn
"""


class Containerd:
    """`with Containerd(folder) as node: node.ctr_loop(60, "books")`."""

    def __init__(self, folder):
        self.dir = Path(folder) / "containerd"
        self.socket = self.dir / "containerd.sock"
        self._process = None
        self._made = []
        self._made_group = not (cgroups.v2_root() / "default").exists()

    def __enter__(self):
        self.dir.mkdir(parents=True)
        (self.dir / "config.toml").write_text(CONFIG.format(dir=self.dir), encoding="utf-8")
        (self.dir / "network.conflist").write_text(json.dumps(NETWORK), encoding="utf-8")
        self._make_mount_points()
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _make_mount_points(self):
        for point in ("/run/containerd", "/var/lib/cni", "/etc/cni", "/opt/cni"):
            for folder in [*reversed(Path(point).parents), Path(point)]:
                if not folder.exists():
                    folder.mkdir()
                    self._made.append(folder)

    def _start(self):
        log = open(self.dir / "log", "wb")  # the process keeps it open
        with log:
            self._context = processes.child(
                [paths.tool("unshare"), "--mount", "--net", "--propagation", "private", "sh", "-c", ENTER,
                 "enter", self.dir, self._plugins(), paths.tool("containerd")], stdout=log, stderr=log)
            self._process = self._context.__enter__()
        processes.wait_until(self._answers, "containerd answers: " + self.log())
        archive = image.write_archive(rootfs.make(self.dir / "image"), self.dir / "image.tar")
        self.ctr("images", "import", archive)

    def _plugins(self):
        return next(str(p) for p in (Path("/usr/lib/cni"), Path("/opt/cni/bin")) if (p / "bridge").exists())

    def _answers(self):
        if self._process.poll() is not None:
            raise AssertionError("containerd ended: " + self.log())
        try:
            self.ctr("version")
        except AssertionError:
            return False
        return True

    def log(self):
        """What containerd has logged."""
        path = self.dir / "log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def inside(self, *command):
        """Words that run a command in the namespaces of this containerd."""
        enter = [paths.tool("nsenter"), "--target", str(self._process.pid), "--mount", "--net"]
        return [*enter, *map(str, command)]

    def ctr(self, *arguments):
        """One ctr command, its output."""
        return processes.run(self.inside(paths.tool("ctr"), "--address", self.socket, *arguments))

    def ctr_loop(self, count, name, command="/bin/true", options="--cni"):
        """A command line that runs `count` containers one after another; fails when one failed."""
        ctr = f'"{paths.tool("ctr")}" --address "{self.socket}"'
        script = (f'failed=0; i=1; while [ $i -le {count} ]; do {ctr} run '
                  f'{options} --rm {image.NAME} {name}-$i {command} </dev/null || failed=$((failed+1)); '
                  'i=$((i+1)); done; [ $failed -eq 0 ] || { echo "$failed containers failed" >&2; exit 1; }')
        return self.inside("sh", "-c", script)

    def _members(self):
        """Processes of our own that live in this containerd's mount namespace."""
        home = os.readlink(f"/proc/{self._process.pid}/ns/mnt")
        for entry in os.listdir("/proc"):
            if entry.isdigit() and int(entry) != self._process.pid:
                try:
                    if os.readlink(f"/proc/{entry}/ns/mnt") == home:
                        yield int(entry)
                except OSError:
                    pass

    def __exit__(self, *_):
        if self._process is not None and self._process.poll() is None:
            for pid in list(self._members()):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.1)
        if self._process is not None:
            self._context.__exit__(None, None, None)
        if self._made_group:
            cgroups.remove_everywhere("default")
        for folder in reversed(self._made):
            if folder.exists() and not any(folder.iterdir()):
                folder.rmdir()
