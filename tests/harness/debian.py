# SPDX-License-Identifier: Apache-2.0
"""Our Debian packages, and a fresh Debian in a folder to install them in."""
import os
import re
import subprocess
from contextlib import contextmanager
from pathlib import Path

from harness import paths, processes

RELEASE = "bookworm"


def packages(folder):
    """{name: file} of the packages, made of the build under test."""
    out = Path(folder) / "packages"
    done = subprocess.run([paths.tool("cpack"), "--config", paths.BUILD / "CPackConfig.cmake", "-B", out],
                          capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    return {field(file, "Package"): file for file in out.glob("*.deb")}


def field(package, name):
    """A field of its control file."""
    return processes.run([paths.tool("dpkg-deb"), "--field", package, name]).strip()


def files(package):
    """Absolute paths of its files and links."""
    lines = processes.run([paths.tool("dpkg-deb"), "--contents", package]).splitlines()
    return {line.split(" ./", 1)[1].split(" -> ")[0].join("/ ").strip() for line in lines if not line.startswith("d")}


def control(package, name):
    """Text of one of its control files."""
    return processes.run([paths.tool("dpkg-deb"), "--info", package, name])


def repacked(package, folder, version):
    """The same package as another version."""
    tree = Path(folder) / f"{Path(package).stem}-{version}"
    processes.run([paths.tool("dpkg-deb"), "--raw-extract", package, tree])
    text = (tree / "DEBIAN" / "control").read_text(encoding="utf-8")
    (tree / "DEBIAN" / "control").write_text(re.sub(r"(?m)^Version: .*$", f"Version: {version}", text), encoding="utf-8")
    made = tree.with_suffix(".deb")
    processes.run([paths.tool("dpkg-deb"), "--root-owner-group", "--build", tree, made])
    return made


class Root:
    """A Debian in a folder, and commands in it."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def path(self, inside):
        """Where a path of the Debian is here."""
        return self.folder / inside.lstrip("/")

    def run(self, *command):
        """Runs it inside."""
        return processes.run([paths.tool("chroot"), self.folder, *command], timeout=300, env={
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"})

    def install(self, *files_):
        """Packages from files, with what they depend on."""
        for file in files_:
            (self.folder / "tmp" / Path(file).name).write_bytes(Path(file).read_bytes())
        names = [f"/tmp/{Path(file).name}" for file in files_]
        self.run("apt-get", "install", "-y", "-q", "--no-install-recommends", *names)
        for name in names:
            self.path(name).unlink()


def bootstrap(folder, *more):
    """A minimal Debian, with these packages too."""
    options = [f"--include={','.join(more)}"] if more else []
    done = subprocess.run([paths.tool("debootstrap"), "--variant=minbase", *options, RELEASE, str(folder)],
                          capture_output=True, text=True, check=False, timeout=600)
    if done.returncode != 0:
        raise AssertionError(done.stdout[-2000:] + done.stderr[-2000:])
    return Path(folder)


@contextmanager
def root(folder):
    """A fresh one with the node's /proc and /sys, as a machine of its own would have."""
    made = Root(bootstrap(Path(folder) / "debian"))
    mounted = []
    try:
        for name in ("proc", "sys"):
            processes.run([paths.tool("mount"), "--rbind", f"/{name}", made.path(name)])
            processes.run([paths.tool("mount"), "--make-rslave", made.path(name)])
            mounted.append(made.path(name))
        made.run("apt-get", "update", "-q")
        yield made
    finally:
        for point in reversed(mounted):
            subprocess.run([paths.tool("umount"), "--recursive", str(point)], check=False)


def listing(root_):
    """Every path of the Debian but those where its own package tools keep their books."""
    kept = ("proc", "sys", "var/lib/dpkg", "var/lib/apt", "var/cache", "var/log", "tmp", "run")
    found = set()
    for folder, names, files_ in os.walk(root_.folder):
        inside = os.path.relpath(folder, root_.folder)
        names[:] = [name for name in names if os.path.normpath(f"{inside}/{name}") not in kept]
        found.update(os.path.normpath(f"{inside}/{name}") for name in [*names, *files_])
    return found
