#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""at_rate.py COUNT HZ CMD…: starts CMD COUNT times, HZ a second, `{}` in it being the number. It does not wait for
one before the next is due; at the end it waits for all, and fails when one has failed."""
import subprocess
import sys
import time

PATIENCE = 60  # seconds for what still runs in the end


def main():
    """Keeps to the times that the rate says, whatever the starting takes."""
    count, rate, command = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    began = time.monotonic()
    running, failed = [], 0
    try:
        for i in range(count):
            time.sleep(max(0, began + i / rate - time.monotonic()))
            words = [word.replace("{}", str(i)) for word in command]
            running.append(subprocess.Popen(words, stdin=subprocess.DEVNULL))
            failed += sum(child.returncode != 0 for child in running if child.poll() is not None)
            running = [child for child in running if child.returncode is None]
        failed += sum(child.wait(timeout=PATIENCE) != 0 for child in running)
    finally:
        for child in running:
            if child.poll() is None:
                child.kill()
                child.wait()
    if failed:
        sys.exit(f"{failed} of {count} failed")


if __name__ == "__main__":
    main()
