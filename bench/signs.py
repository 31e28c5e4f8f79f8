# SPDX-License-Identifier: Apache-2.0
"""What a sweep of policies shows: how a figure moves with a setting, and whether that is what the papers say (arXiv
2509.03104 and 2505.24551). Pure."""
import math
import statistics
from dataclasses import dataclass

from results import t_975

FEWER, MORE = -1, 1


@dataclass(frozen=True)
class Point:
    """One run of the sweep: which policy, at which setting, and its figures."""
    policy: str
    setting: str   # "window": keep-alive or window, seconds; "utilization"
    level: float
    seed: int
    figures: dict  # as `lab compare` has them; None where there is none


@dataclass(frozen=True)
class Sign:
    """One claim, and the interval that it stands on."""
    claim: str
    expected: int
    middle: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = "×"

    @property
    def verdict(self):
        """Shown or reversed: the whole 95% interval lies on one side of no change."""
        if self.middle is None:
            return "no figure"
        none = 1 if self.unit == "×" else 0
        if self.low > none or self.high < none:
            return "shown" if (self.low > none) == (self.expected == MORE) else "reversed"
        return "not shown"

    def __str__(self):
        if self.middle is None:
            return "-"
        return f"{self.middle:.2f} ({self.low:.2f} to {self.high:.2f}) {self.unit}"


def trend(points, figure):
    """How many times the figure at the highest level is that at the lowest, by the least-squares line of its logarithm
    over the level's, with an intercept for each seed: (middle, low, high), or None where the data do not carry it."""
    rows = [(p.seed, math.log(p.level), math.log(p.figures[figure])) for p in points if p.figures.get(figure)]
    seeds = {seed for seed, _, _ in rows}
    freedom = len(rows) - len(seeds) - 1
    if freedom < 1:
        return None
    x, y = ([value for seed in seeds for value in _centred(rows, seed, column)] for column in (1, 2))
    spread = sum(value * value for value in x)
    if spread == 0:
        return None
    slope = sum(a * b for a, b in zip(x, y)) / spread
    rest = sum((b - slope * a) ** 2 for a, b in zip(x, y))
    half = t_975(freedom) * math.sqrt(rest / freedom / spread)
    levels = [level for _, level, _ in rows]
    span = max(levels) - min(levels)
    return tuple(math.exp(value * span) for value in (slope, slope - half, slope + half))


def _centred(rows, seed, column):
    values = [row[column] for row in rows if row[0] == seed]
    mean = statistics.mean(values)
    return [value - mean for value in values]


def difference(points, others, figure):
    """The figure of `points` minus that of `others` at the same level and seed: (middle, low, high)."""
    theirs = {(p.level, p.seed): p.figures.get(figure) for p in others}
    pairs = [(p.figures.get(figure), theirs.get((p.level, p.seed))) for p in points]
    gaps = [mine - other for mine, other in pairs if mine is not None and other is not None]
    if len(gaps) < 2:
        return None
    middle = statistics.mean(gaps)
    half = t_975(len(gaps) - 1) * statistics.stdev(gaps) / math.sqrt(len(gaps))
    return middle, middle - half, middle + half


# With the setting up: which way each figure goes.
TRENDS = {"window": (("slowdown", "slowdown", FEWER), ("memory_ratio", "memory", MORE),
                     ("overhead_ratio", "overhead", FEWER)),
          "utilization": (("slowdown", "slowdown", MORE), ("memory_ratio", "memory", FEWER),
                          ("overhead_ratio", "overhead", FEWER))}


def _trends(points):
    for policy, setting in dict.fromkeys((p.policy, p.setting) for p in points):
        mine = [p for p in points if (p.policy, p.setting) == (policy, setting)]
        what = "keep-alive" if setting == "window" and policy in ("sync", "dual") else setting
        for figure, name, expected in TRENDS[setting]:
            yield Sign(f"{policy}, {what} up: {name} {'up' if expected == MORE else 'down'}", expected,
                       *(trend(mine, figure) or ()))


def _dual(points):
    windows = [p for p in points if p.setting == "window"]
    dual = [p for p in windows if p.policy == "dual"]
    for other in dict.fromkeys(p.policy for p in windows if p.policy != "dual"):
        theirs = [p for p in windows if p.policy == other]
        for figure, name, unit, scale in (("slow_start_share", "slow starts", "points", 100),
                                          ("memory_ratio", "memory", "of busy memory", 1)):
            found = difference(dual, theirs, figure)
            yield Sign(f"dual, beside {other}: fewer {name}" if scale == 100 else f"dual, beside {other}: less {name}",
                       FEWER, *(value * scale for value in found or ()), unit=unit)


def signs(points):
    """All that the papers claim, of these runs."""
    return [*_trends(points), *_dual(points)]
