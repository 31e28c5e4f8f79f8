# SPDX-License-Identifier: Apache-2.0
"""What a run of the benchmarks has found: printed as it comes, and written to docs/bench.md when asked for."""
import math
import os
import platform
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

# 97.5% quantiles of Student's t by degrees of freedom; between two the wider one is taken.
_T_975 = {1: 12.71, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 7: 2.365, 9: 2.262, 14: 2.145, 19: 2.093, 29: 2.045,
          39: 2.023, 59: 2.001, 119: 1.980}


def t_975(freedom):
    """Half width of a 95% interval in standard errors."""
    return _T_975[max(known for known in _T_975 if known <= max(freedom, 1))]


@dataclass
class Ratio:
    """Geometric mean of paired ratios, and its 95% interval."""
    middle: float
    low: float
    high: float
    count: int

    def within(self, low, high):
        """True when the whole interval is."""
        return low <= self.low and self.high <= high

    def __str__(self):
        return f"{self.middle:.4f} ({self.low:.4f} to {self.high:.4f})"


def ratio(pairs):
    """Of [(base, other)…]: by the logarithms, with Student's t."""
    logs = [math.log(other / base) for base, other in pairs]
    middle = statistics.mean(logs)
    half = t_975(len(logs) - 1) * statistics.stdev(logs) / math.sqrt(len(logs)) if len(logs) > 1 else math.inf
    return Ratio(math.exp(middle), math.exp(middle - half), math.exp(min(middle + half, 700)), len(logs))


def machine():
    """One line on what the figures are of."""
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), "?")
    with open("/proc/meminfo", encoding="ascii") as info:
        gibibytes = int(info.readline().split()[1]) / (1 << 20)
    return f"{os.cpu_count()} × {model}, {gibibytes:.0f} GiB; kernel {platform.release()}"


@dataclass
class Results:
    """Sections in Markdown, and the limits that were broken."""
    lines: list = field(default_factory=list)
    broken: list = field(default_factory=list)

    def say(self, text=""):
        """One line, now and in the file."""
        print(text, flush=True)
        self.lines.append(text)

    def section(self, title, about):
        """A heading and what is measured how."""
        self.say(f"\n## {title}\n")
        self.say(about + "\n")

    def table(self, header, rows):
        """A table; the cells are text already."""
        for row in (header, ["---"] * len(header), *rows):
            self.say("| " + " | ".join(str(cell) for cell in row) + " |")
        self.say()

    def limit(self, name, holds):
        """Notes whether a limit holds; returns the word for it."""
        if not holds:
            self.broken.append(name)
        return "holds" if holds else "**broken**"

    def write(self, path, command):
        """The file, with where and when it was made."""
        head = ["<!-- Made by `./dev bench --write`. -->", "# What faastax costs", "",
                f"By `{command}` on {time.strftime('%Y-%m-%d')}: {machine()}.", "",
                "Limits: " + (", ".join(f"**{name}** is broken" for name in self.broken) or "all hold") + "."]
        Path(path).write_text("\n".join(head + self.lines).rstrip() + "\n", encoding="utf-8")
