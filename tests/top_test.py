#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`faastax top`: rates that balance, plain text where there is no terminal, and a terminal left as it was."""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

from harness import case, paths, processes

NUMBER = r"(-?[0-9.]+)"
BALANCE = re.compile(rf"^CPUs +{NUMBER} online = {NUMBER} busy \+ {NUMBER} idle \+ {NUMBER} steal ([+-]) {NUMBER} residual",
                     re.MULTILINE)
STYLE = re.compile(r"\x1b\[[0-9;]*m")
ESCAPE = re.compile(r"\x1b\[[?0-9;]*[a-zA-Z]")


def batch(*options):
    """What it prints without a terminal."""
    return processes.run([paths.program("faastax"), "top", *options], timeout=60)


class Screen:
    """`faastax top` on a terminal of its own."""

    def __init__(self, environment=()):
        self.master, terminal = pty.openpty()
        self.resize(24, 80)
        self.before = termios.tcgetattr(terminal)
        self.terminal = terminal
        self.process = subprocess.Popen(
            [paths.program("faastax"), "top", "--interval", "200ms"], stdin=terminal, stdout=terminal,
            stderr=subprocess.PIPE, env={**os.environ, "TERM": "xterm", **dict(environment)},
            preexec_fn=lambda: (os.setsid(), fcntl.ioctl(0, termios.TIOCSCTTY, 0)))
        self.seen = ""

    def resize(self, rows, columns):
        """As a window manager does."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds=0.5):
        """Adds what comes in that time to what was seen, and returns it."""
        new, end = b"", time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.master], [], [], 0.05)[0]:
                new += os.read(self.master, 1 << 16)
        self.seen += new.decode()
        return new.decode()

    def has(self, what):
        """True once it was seen."""
        self.read(0.1)
        return what in self.seen

    def press(self, key):
        """Types, and gives (status, what was shown last, stderr) once it has ended."""
        os.write(self.master, key)
        processes.wait_until(lambda: self.read(0.1) is not None and self.process.poll() is not None, "top ended")
        self.read(0.2)
        return self.process.returncode, self.seen[-200:], self.process.stderr.read().decode()

    def close(self):
        """Leaves nothing behind."""
        processes.stop(self.process)
        self.process.stderr.close()
        os.close(self.master)
        os.close(self.terminal)


class Top(case.SystemTest):
    def screen(self, environment=()):
        screen = Screen(environment)
        self.undo.callback(screen.close)
        processes.wait_until(lambda: screen.has("residual"), "a first frame", seconds=30)
        return screen

    def test_rates_balance(self):
        text = batch("--batch", "3", "--interval", "300ms")
        frames = BALANCE.findall(text)
        self.assertEqual(3, len(frames), text)
        for online, busy, idle, steal, sign, residual in frames:
            total = float(busy) + float(idle) + float(steal) + (1 if sign == "+" else -1) * float(residual)
            self.assertAlmostEqual(os.cpu_count(), float(online), delta=0.1 * os.cpu_count())
            self.assertAlmostEqual(float(online), total, delta=0.02)
        parts = re.search(r"^Busy +([^\n]+(?:\n +[^\n]+)*)", text, re.MULTILINE)[1]
        busy = sum(float(value) for value in re.findall(r"[a-z]+ ([0-9.]+)", parts))
        self.assertAlmostEqual(float(frames[0][1]), busy, delta=0.01)
        self.assertNotIn("\x1b", text)
        self.assertIn("\nComponents\n", text)

    def test_once(self):
        self.assertEqual(1, len(BALANCE.findall(batch("--once", "--interval", "100ms"))))

    def test_wrong_usage(self):
        for wrong in (("--once", "--batch", "2"), ("--interval", "1ms"), ("--batch", "0")):
            done = subprocess.run([paths.program("faastax"), "top", *wrong], capture_output=True, text=True, check=False,
                                  timeout=30)
            self.assertEqual((2, "", 1), (done.returncode, done.stdout, done.stderr.count("\n")), wrong)

    def test_the_terminal_is_left_as_it_was(self):
        for key in (b"\x03", b"q"):
            with self.subTest(key):
                screen = self.screen()
                self.assertTrue(screen.seen.startswith("\x1b[?1049h\x1b[?25l"))
                self.assertTrue(STYLE.search(screen.seen))
                status, last, errors = screen.press(key)
                self.assertEqual((0, ""), (status, errors))
                self.assertTrue(last.endswith("\x1b[?25h\x1b[?1049l"), repr(last))
                self.assertEqual(screen.before, termios.tcgetattr(screen.terminal))

    def test_it_fits_a_terminal_that_changes(self):
        screen = self.screen({"NO_COLOR": "1"}.items())
        screen.resize(8, 40)
        screen.read(0.6)
        frames = screen.read(1.0).split("\x1b[H")
        self.assertGreaterEqual(len(frames), 3)
        for frame in frames[1:-1]:
            lines = ESCAPE.sub("", frame).split("\r\n")
            self.assertLessEqual(len(lines), 8)
            self.assertLessEqual(max(map(len, lines)), 40)
        self.assertIsNone(STYLE.search(screen.seen), "NO_COLOR")


if __name__ == "__main__":
    case.main()
