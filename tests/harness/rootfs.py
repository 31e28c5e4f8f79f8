# SPDX-License-Identifier: Apache-2.0
"""A root file system of busybox alone."""
import shutil
from pathlib import Path

from harness import paths

APPLETS = ("sh", "true", "false", "sleep", "cat", "echo", "ls", "head")
FOLDERS = ("bin", "dev", "etc", "proc", "sys", "tmp")


def make(folder, extra=()):
    """Fills `folder`; `extra` programs (static ones) go to /bin under their own names."""
    root = Path(folder)
    for name in FOLDERS:
        (root / name).mkdir(parents=True, exist_ok=True)
    shutil.copy(paths.tool("busybox"), root / "bin" / "busybox")
    for applet in APPLETS:
        (root / "bin" / applet).symlink_to("busybox")
    for program in extra:
        shutil.copy(program, root / "bin" / Path(program).name)
    return root
