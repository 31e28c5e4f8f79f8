#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes dashboards/grafana/*.json; with --check only says which of them differ from their description."""
import json
import sys
from pathlib import Path

from boards import control_plane, fleet, function, node

FOLDER = Path(__file__).resolve().parent / "grafana"
BOARDS = {"node": node.BOARD, "function": function.BOARD, "control-plane": control_plane.BOARD, "fleet": fleet.BOARD}


def texts():
    """{file name: content} of all boards."""
    return {f"{name}.json": json.dumps(board, indent=1, ensure_ascii=False) + "\n" for name, board in BOARDS.items()}


def main(arguments):
    """Status 1 when a file differs and is not to be written."""
    differ = [name for name, text in texts().items()
              if not (FOLDER / name).exists() or (FOLDER / name).read_text(encoding="utf-8") != text]
    if arguments == ["--check"]:
        for name in differ:
            print(f"dashboards/grafana/{name} differs: run dashboards/generate.py", file=sys.stderr)
        return 1 if differ else 0
    FOLDER.mkdir(exist_ok=True)
    for name in differ:
        (FOLDER / name).write_text(texts()[name], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
