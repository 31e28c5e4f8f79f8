#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/cli.md is what the programs themselves say of their command lines, so that a change shows in its diff.

FAASTAX_UPDATE_GOLDEN=1 writes it anew, with the list of policies (tests/golden)."""
import os
import re
import subprocess
import unittest
from pathlib import Path

from harness import case, paths

GOLDEN = Path(__file__).parent / "golden"
REFERENCE = paths.SOURCE / "docs" / "cli.md"
INTRODUCTION = """# Command line

Made from the programs' own help by `FAASTAX_UPDATE_GOLDEN=1 tests/help_golden_test.py`; a test compares the two.

Exit status: 0 done, 1 failed, 2 wrong usage; `faastax stat -- CMD` ends with CMD's status. Reports go to standard
output, progress and logs to standard error; `NO_COLOR` is respected.
"""
HELP = [
    ["faastax", "--help"],
    ["faastax", "stat", "--help"],
    ["faastax", "top", "--help"],
    ["faastax", "record", "--help"],
    ["faastax", "replay", "--help"],
    ["faastax", "report", "--help"],
    ["faastax", "lab", "run", "--help"],
    ["faastax", "lab", "compare", "--help"],
    ["faastax", "policy", "eval", "--help"],
    ["faastax", "policy", "list", "--help"],
    ["faastax", "doctor", "--help"],
    ["faastax-agent", "--help"],
    ["faastax-collector", "--help"],
    ["faastax-cluster-manager", "--help"],
    ["faastax-gateway", "--help"],
    ["queue-proxy", "--help"],
]


def said(program, arguments):
    """What a program prints."""
    done = subprocess.run([paths.program(program), *arguments], capture_output=True, text=True, check=False,
                          timeout=20, env={**os.environ, "COLUMNS": "80"})
    if (done.returncode, done.stderr) != (0, ""):
        raise AssertionError(f"{program} {arguments}: status {done.returncode}\n{done.stderr}")
    return done.stdout


def title(program, arguments):
    """Of a command's section."""
    return " ".join([program, *(word for word in arguments if word != "--help")])


def section(program, arguments):
    """A command's help as Markdown."""
    return f"\n## {title(program, arguments)}\n\n```text\n{said(program, arguments).strip()}\n```\n"


def sub_commands(words):
    """The names under "Subcommands:" of a help page."""
    listed = words.partition("\nSubcommands:\n")[2]
    return re.findall(r"^  (\S+)  ", listed, re.MULTILINE)


class HelpPages(unittest.TestCase):
    maxDiff = None

    def check(self, path, text):
        if os.environ.get("FAASTAX_UPDATE_GOLDEN") == "1":
            path.write_text(text, encoding="utf-8")
        self.assertEqual(path.read_text(encoding="utf-8"), text)

    def test_reference(self):
        sections = [section(program, arguments) for program, *arguments in HELP]
        self.check(REFERENCE, INTRODUCTION + "".join(sections))

    def test_policies(self):
        self.check(GOLDEN / "faastax-policy-list.txt", said("faastax", ["policy", "list"]))

    def test_every_command_is_there(self):
        known = {title(program, arguments) for program, *arguments in HELP}
        for name in sub_commands(said("faastax", ["--help"])):
            below = sub_commands(said("faastax", [name, "--help"]))
            wanted = {f"faastax {name} {word}" for word in below} or {f"faastax {name}"}
            self.assertLessEqual(wanted, known)


if __name__ == "__main__":
    case.main()
