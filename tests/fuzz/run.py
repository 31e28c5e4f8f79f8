# SPDX-License-Identifier: Apache-2.0
"""Runs the fuzzers: `./dev fuzz`. What is found goes to the build folder, what is kept to corpus/ beside this."""
import argparse
import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
BUILD = pathlib.Path(os.environ.get("FAASTAX_BUILD_DIR", "build/fuzz")).resolve()
INPUT_SECONDS = 5  # for one input
MEMORY_MB = 2048
MORE_SECONDS = 30  # at a time, when the time is over and inputs are still to come
# Of an input: what is longer finds less in the same time.
MAX_BYTES = collections.defaultdict(lambda: 2048, config=512, report=4096)
KEPT_FILES = 128  # found ones, for a fuzzer

Round = collections.namedtuple("Round", "status inputs log")


def number(pattern: str, log: str) -> int:
    found = re.findall(pattern, log)
    return int(found[-1]) if found else 0


def sanitizers() -> dict[str, str]:
    """What would take longest is left out: the stacks of allocations beyond a few frames, and use after return."""
    return {"ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=0:"
                            "malloc_context_size=4:quarantine_size_mb=16",
            "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}


def call(fuzzer: pathlib.Path, arguments: list[str]) -> Round:
    """One run; its scratch files are in memory where that is possible, for a disk would be the slowest part."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="faastax-fuzz-", dir=memory) as scratch:
        done = subprocess.run([str(fuzzer), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              env={**os.environ, **sanitizers(), "TMPDIR": scratch}, check=False)
    log = done.stderr.decode(errors="replace")
    return Round(done.returncode, number(r"stat::number_of_executed_units: (\d+)", log), log)


def options_of(name: str) -> list[str]:
    finds = BUILD / "finds" / name
    finds.mkdir(parents=True, exist_ok=True)
    options = [f"-timeout={INPUT_SECONDS}", f"-rss_limit_mb={MEMORY_MB}", f"-max_len={MAX_BYTES[name]}",
               f"-artifact_prefix={finds}/", "-print_final_stats=1"]
    words = HERE / "dictionaries" / f"{name}.dict"
    return options + ([f"-dict={words}"] if words.exists() else [])


def corpora(name: str) -> list[str]:
    """What earlier runs found, where new finds go too, then what is kept."""
    found = BUILD / "corpus" / name
    found.mkdir(parents=True, exist_ok=True)
    return [str(found), str(HERE / "corpus" / name)]


def fuzz(name: str, seconds: float, inputs: int) -> bool:
    """Until as much time has passed and as many inputs were run; false: something was found."""
    began, passed, run = time.monotonic(), 0.0, 0
    while passed < seconds or run <= inputs:
        left = seconds - passed if passed < seconds else MORE_SECONDS
        done = call(BUILD / "fuzzers" / name,
                    [*options_of(name), f"-max_total_time={max(1, round(left))}", *corpora(name)])
        run += done.inputs
        passed = time.monotonic() - began
        if done.status != 0:
            print(done.log[-8000:], file=sys.stderr)
            print(f"{name}: FAILED after {run} inputs; the input is in {BUILD / 'finds' / name}")
            return False
    edges, features, corpus = (number(what + r": (\d+)", done.log) for what in ("cov", "ft", "corp"))
    print(f"{name:12} {run:11} inputs {passed:7.0f} s {run / passed:9.0f}/s  coverage {edges} edges, "
          f"{features} features; corpus {corpus}", flush=True)
    return True


def keep(name: str) -> None:
    """Keeps inputs of all lengths out of the fewest that reach all that was reached; the named ones stay."""
    kept = HERE / "corpus" / name
    with tempfile.TemporaryDirectory(prefix="faastax-fuzz-") as folder:
        call(BUILD / "fuzzers" / name, [*options_of(name), "-set_cover_merge=1", folder, str(kept), *corpora(name)])
        for file in kept.iterdir():
            if re.fullmatch("[0-9a-f]{16}", file.name):
                file.unlink()
        reaching = sorted(pathlib.Path(folder).iterdir(), key=lambda one: (one.stat().st_size, one.name))
        for file in reaching[:: 1 + len(reaching) // KEPT_FILES]:
            shutil.copyfile(file, kept / file.name[:16])
    files = list(kept.iterdir())
    print(f"{name:12} keeps {len(files)} inputs, {sum(file.stat().st_size for file in files)} bytes")


def main() -> int:
    known = sorted(file.name for file in (BUILD / "fuzzers").iterdir())
    parser = argparse.ArgumentParser(prog="./dev fuzz", description="Runs the fuzzers, one after the other.")
    parser.add_argument("--seconds", type=float, default=600, help="each at least so long (%(default)s)")
    parser.add_argument("--runs", type=int, default=0, help="each at least so many inputs (%(default)s)")
    parser.add_argument("--keep", action="store_true", help="put what was found into the corpus that is kept")
    parser.add_argument("target", nargs="*", help=", ".join(known))
    options = parser.parse_args()
    if unknown := set(options.target) - set(known):
        parser.error(f"no fuzzer is called {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    good = True
    for name in options.target or known:
        good = fuzz(name, options.seconds, options.runs) and good
        if options.keep:
            keep(name)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
