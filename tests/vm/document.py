# SPDX-License-Identifier: Apache-2.0
"""The table in docs/kernels.md, of a run's outcomes."""
import subprocess
from datetime import date

from harness import paths
from vm import plan

PAGE = paths.SOURCE / "docs" / "kernels.md"
BEGIN, END = "<!-- by ./dev kernels --document -->\n", "<!-- end -->\n"


def _row(cells):
    return "| " + " | ".join(cells) + " |"


def table(outcomes, steps):
    """Markdown: a step a line, a kernel a column."""
    head = ["what", *(f"{outcome.kernel.series} ({outcome.kernel.release})" for outcome in outcomes)]
    lines = [_row(head), _row(["---"] * len(head))]
    for step in steps:
        lines.append(_row([f"`{step.name}`: {step.shows}", *(outcome.verdict(step) for outcome in outcomes)]))
    lines.append(_row(["whole run, with boot", *(f"{outcome.seconds:.0f} s" for outcome in outcomes)]))
    skips = {name for outcome in outcomes for step in steps for name in outcome.skips(step)}
    lines += [f"\nLeft out: `{name}`: {reason}." for name, reason in plan.EXPECTED_SKIPS.items() if name in skips]
    return "\n".join(lines)


def write(text):
    """Puts a table where the page has its last one, with the day and the emulator's version."""
    qemu = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, text=True, check=True,
                          timeout=60).stdout.splitlines()[0]
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    stamp = f"{date.today().isoformat()}, {qemu}, 2 emulated CPUs.\n\n"
    PAGE.write_text(before + BEGIN + stamp + text + "\n" + END + after, encoding="utf-8")
