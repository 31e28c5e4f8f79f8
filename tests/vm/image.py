# SPDX-License-Identifier: Apache-2.0
"""Disks for the virtual machine: its root, made of this machine's own Debian packages, and faastax beside it."""
import compileall
import hashlib
import os
import re
import shutil
import subprocess
from importlib.util import cache_from_source
from pathlib import Path

from harness import paths
from vm import initramfs
from vm.packages import Unavailable

# What tests and runtimes need; the shared libraries are found by the loader.
PACKAGES = ("bash", "dash", "coreutils", "grep", "sed", "util-linux", "mount", "kmod", "iproute2", "procps",
            "iptables", "libxtables12", "bpftool", "runc", "crun", "busybox-static", "containerd",
            "containernetworking-plugins", "nghttp2-client", "nghttp2-server", "openssl",
            "python3-minimal", "python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib")
# What no package lists: made by its installation, or a choice among alternatives.
EXTRAS = ("/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/usr/bin/awk", "/usr/sbin/iptables",
          "/usr/sbin/ip6tables", "/usr/sbin/iptables-save", "/usr/sbin/ip6tables-save")
SKIPPED = re.compile(r"/usr/share/(?!python3)|/usr/lib/python3.*/(test|idlelib|ensurepip|lib2to3)/")
PROGRAMS = ("faastax", "faastax-agent", "faastax-function", "emergency-agent", "faastax-bench-creation")
GUEST = Path(__file__).with_name("guest.sh")


def _is_elf(path):
    if path.is_symlink() or not path.is_file():
        return False
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def _helpers():
    """The small programs that only the tests use."""
    return [path for path in (paths.BUILD / "tests" / "helpers").iterdir() if _is_elf(path)]


def _linked():
    """Programs of ours whose shared libraries the root has to hold."""
    return [*(paths.program(name) for name in PROGRAMS if name != "faastax-function"), *_helpers()]


def _run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                          timeout=300)
    if done.returncode != 0:
        raise Unavailable(f"{command[0]} failed: {done.stderr.strip()}")
    return done.stdout


def _installed(packages):
    """{package: version} of those that are installed here."""
    lines = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version} ${db:Status-Status}\n", *packages],
                           capture_output=True, text=True, check=False, timeout=60).stdout.splitlines()
    return {words[0]: words[1] for words in map(str.split, lines) if words[2:] == ["installed"]}


def _put(source, root):
    """Copies one file or link to the same place below `root`; the folders of a merged /usr are links there."""
    target = root / source.lstrip("/")
    if os.path.lexists(target) or not os.path.lexists(source):
        return
    if os.path.isdir(source) and not os.path.islink(source):
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target, follow_symlinks=False)
    if os.path.islink(source):
        _put(os.path.join(os.path.dirname(source), os.readlink(source)), root)


def _libraries(programs):
    """Shared libraries that the programs are linked with, and the loader."""
    done = subprocess.run(["ldd", *map(str, programs)], capture_output=True, text=True, check=False, timeout=120)
    return sorted(set(re.findall(r"(?:=> |^\s+)(/\S+) \(0x", done.stdout, re.MULTILINE)))


def _disk(folder, target, spare_mib):
    """An ext4 file system with a folder's content and some room."""
    used = int(_run("du", "-sm", folder).split()[0])
    part = Path(f"{target}.part")
    part.unlink(missing_ok=True)
    _run("mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-E", "root_owner=0:0,lazy_itable_init=1",
         "-N", "40000", "-d", folder, part, f"{used * 5 // 4 + spare_mib}M")
    part.rename(target)


def _put_bytecode(root):
    """Python's compiled modules, which no package lists: to compile them takes the guest longer than most tests."""
    for path in (root / "usr/lib").glob("python3*/**/*.py"):
        _put(cache_from_source(f"/{path.relative_to(root)}"), root)


def _fill(root, kernel, packages):
    for name in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    for name in ("dev", "proc", "sys", "tmp", "run", "root", "etc", "faastax", "var/lib"):
        (root / name).mkdir(parents=True)
    for path in _run("dpkg-query", "-L", *packages).splitlines():
        if path.startswith("/") and not SKIPPED.match(path):
            _put(path, root)
    for path in EXTRAS:
        _put(path, root)
    _put_bytecode(root)
    programs = [path for path in (root / "usr").rglob("*") if _is_elf(path)]
    for path in _libraries([*programs, *_linked()]):
        _put(path, root)
    shutil.copytree(kernel.tree / "lib" / "modules", root / "usr/lib/modules", symlinks=True)
    shutil.copy(GUEST, root / "guest")


def _key(kernel, packages):
    """Tells whether a root on disk is still what it would become."""
    digest = hashlib.sha256(f"{kernel.release} {kernel.version} {sorted(packages.items())}".encode())
    for path in sorted(Path(__file__).parent.glob("*")):
        if path.name in ("guest.sh", "image.py", "initramfs.py"):
            digest.update(path.read_bytes())
    for path in _libraries(_linked()):
        digest.update(path.encode())
    return digest.hexdigest()


def root_disk(kernel, folder):
    """Makes the initramfs and the root disk of a kernel, unless they are there; returns both."""
    packages = _installed(PACKAGES)
    archive, disk, mark = folder / "initramfs.gz", folder / "root.ext4", folder / "root.key"
    key = _key(kernel, packages)
    if mark.exists() and disk.exists() and mark.read_text(encoding="ascii") == key:
        return archive, disk
    mark.unlink(missing_ok=True)
    tree = folder / "root"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    _fill(tree, kernel, packages)
    initramfs.build(kernel, tree / "usr/bin/busybox", archive)
    _disk(tree, disk, 64)
    shutil.rmtree(tree)
    mark.write_text(key, encoding="ascii")
    return archive, disk


def work_disk(folder, files):
    """A disk with the programs under test, the tests themselves, and small files {name: text}."""
    tree = folder / "work"
    shutil.rmtree(tree, ignore_errors=True)
    (tree / "build" / "bin").mkdir(parents=True)
    (tree / "build" / "tests" / "helpers").mkdir(parents=True)
    for name in PROGRAMS:
        _run("objcopy", "--strip-debug", paths.program(name), tree / "build" / "bin" / name)
    for helper in _helpers():
        shutil.copy(helper, tree / "build" / "tests" / "helpers")
    shutil.copytree(paths.SOURCE / "tests", tree / "tests",
                    ignore=shutil.ignore_patterns("__pycache__", "golden"))
    compileall.compile_dir(tree / "tests", quiet=2, stripdir=tree, prependdir="/faastax")
    shutil.copytree(paths.SOURCE / "examples", tree / "examples")
    for name, text in files.items():
        (tree / name).write_text(text, encoding="utf-8")
    disk = folder / "work.ext4"
    _disk(tree, disk, 16)
    shutil.rmtree(tree)
    return disk
