# SPDX-License-Identifier: Apache-2.0
"""Debian's kernel packages: found by apt, downloaded into a cache, unpacked, never installed."""
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SERIES = ("6.1", "6.12")


class Unavailable(Exception):
    """A kernel, or a tool that makes or runs it, cannot be had here; says why."""


@dataclass(frozen=True)
class Kernel:
    """An unpacked kernel package."""
    series: str
    release: str   # as uname -r says
    version: str   # Debian's
    tree: Path     # holds boot/ and lib/modules/

    @property
    def image(self):
        """What QEMU boots."""
        return self.tree / "boot" / f"vmlinuz-{self.release}"


def _output(*command, cwd=None):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, cwd=cwd)
    if done.returncode != 0:
        raise Unavailable(f"{' '.join(command[:2])} failed: {(done.stderr.strip() or 'no reason').splitlines()[-1]}")
    return done.stdout


def _numbers(name):
    return [int(word) for word in re.findall(r"\d+", name)]


def _pattern(series):
    """Names of the series' packages for virtual machines, for Debian 12."""
    middle = r"\.\d+-\d+" if series == "6.1" else r"\.\d+\+deb12"
    return re.compile(rf"linux-image-{re.escape(series)}{middle}-cloud-amd64")


def _listed(series):
    names = _output("apt-cache", "pkgnames", f"linux-image-{series}.").split()
    return [name for name in names if _pattern(series).fullmatch(name)]


def _downloaded(series, cache):
    return [path for path in cache.glob("*.deb") if _pattern(series).fullmatch(path.name.split("_")[0])]


def _fetch(series, cache):
    """The newest package's file. Without a network the newest that is in the cache has to do."""
    cache.mkdir(parents=True, exist_ok=True)
    reason = f"apt lists no kernel {series}: run apt-get update"
    try:
        names = _listed(series)
        if names:
            newest = max(names, key=_numbers)
            if not list(cache.glob(f"{newest}_*.deb")):
                _output("apt-get", "download", "-q", newest, cwd=cache)
    except Unavailable as problem:
        reason = str(problem)
    files = _downloaded(series, cache)
    if not files:
        raise Unavailable(reason)
    return max(files, key=lambda path: _numbers(path.name))


def kernel(series, folder):
    """The newest kernel of a series, unpacked below `folder`."""
    if series not in SERIES:
        raise Unavailable(f"kernel {series} is not among {', '.join(SERIES)}")
    package = _fetch(series, folder / "packages")
    name, version, _ = package.name.split("_")
    release = name.removeprefix("linux-image-")
    tree = folder / release / "package"
    if not (tree / "boot" / f"vmlinuz-{release}").exists():
        part = tree.with_name("package.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        _output("dpkg-deb", "--extract", str(package), str(part))
        _output("depmod", "--basedir", str(part), release)
        part.rename(tree)
    return Kernel(series, release, version.replace("%3a", ":"), tree)
