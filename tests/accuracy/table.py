# SPDX-License-Identifier: Apache-2.0
"""docs/accuracy.md: the lines as a Markdown document."""

HEAD = """# Accuracy

Made by `./dev accuracy` on {date}. Each figure of faastax is compared with an oracle that does not use it.

{facts}

An error is faastax's figure minus the oracle's: a share of the oracle's figure unless the line says of what, or a
number where things are counted. The limit is for the worst error of a line, or for the mean where the limit says so.
The spread is the standard deviation of the errors. `none` was not measured on this machine, and is not a pass.

"""

COLUMNS = ("figure", "oracle", "mean error", "worst", "spread", "N", "limit", "")


def quantity(line, value):
    """An error of the line for people."""
    if value is None:
        return "–"
    return f"{value:+g}" if line.exact else f"{value:+.3%}"


def limit(line):
    """The line's limit for people."""
    text = "exact" if line.exact and not line.limit else f"{line.limit:g}" if line.exact else f"{line.limit:.1%}"
    return text + (" (mean)" if line.by_mean else "")


def cells(line):
    """The columns of a line."""
    what = line.what + (f" (of {line.of})" if line.of else "")
    if not line.errors:
        return [what, line.oracle, "–", "–", "–", "0", limit(line), f"{line.verdict.value}: {line.reason}"]
    spread = None if line.spread is None else f"{line.spread:.2g}" if line.exact else f"{line.spread:.3%}"
    verdict = line.verdict.value + (f": {line.reason}" if line.reason else "")
    return [what, line.oracle, quantity(line, line.mean), quantity(line, line.worst), spread or "–",
            f"{line.number:,}", limit(line), verdict]


def row(texts):
    """One row; a bar within a cell would end it."""
    return "| " + " | ".join(str(text).replace("|", "\\|").replace("\n", " ") for text in texts) + " |\n"


def of_group(lines):
    """The table of some lines."""
    alignment = ["---", "---", "---:", "---:", "---:", "---:", "---:", "---"]
    return row(COLUMNS) + row(alignment) + "".join(row(cells(line)) for line in lines)


def document(date, facts, groups):
    """The whole page. `facts` are (name, text), `groups` are (name, how it is measured, lines)."""
    text = HEAD.format(date=date, facts="\n".join(f"- {name}: {value}" for name, value in facts))
    for name, how, lines in groups:
        text += f"## {name.capitalize()}\n\n{how.strip()}\n\n{of_group(lines)}\n"
    return text.rstrip("\n") + "\n"
