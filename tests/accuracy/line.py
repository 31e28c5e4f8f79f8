# SPDX-License-Identifier: Apache-2.0
"""A line of the table: what was compared with which oracle, and how far apart they were."""
import math
import statistics
from dataclasses import dataclass, field
from enum import Enum


class Verdict(Enum):
    """What a line says of its limit. What could not be measured here passes nothing and breaks nothing."""

    PASS = "pass"
    FAIL = "FAIL"
    NONE = "none"


@dataclass
class Line:
    """Errors have a sign, + is too much, one for each comparison: fractions (0.01 is 1%), or numbers of things
    that must be seen exactly. `reason` says why there are none, or what went wrong."""

    group: str
    what: str
    oracle: str
    limit: float
    errors: list = field(default_factory=list)
    of: str = ""  # what the fraction is of, if not of the oracle's figure
    count: int = 0  # of the things compared, when that is not one an error
    exact: bool = False  # errors are numbers of things
    by_mean: bool = False  # the limit is for the mean; else for the worst
    reason: str = ""
    broken: bool = False  # the run itself went wrong

    @property
    def mean(self):
        """Mean error."""
        return statistics.fmean(self.errors)

    @property
    def worst(self):
        """The error that is farthest from 0."""
        return max(self.errors, key=abs)

    @property
    def spread(self):
        """Standard deviation of the errors; None of a single one."""
        return statistics.stdev(self.errors) if len(self.errors) > 1 else None

    @property
    def number(self):
        """N: how many things were compared."""
        return self.count or len(self.errors)

    @property
    def verdict(self):
        """Within the limit or not. What is not a number is not within it."""
        if self.broken:
            return Verdict.FAIL
        if not self.errors:
            return Verdict.NONE
        judged = self.mean if self.by_mean else self.worst
        return Verdict.PASS if math.isfinite(judged) and abs(judged) <= self.limit else Verdict.FAIL
