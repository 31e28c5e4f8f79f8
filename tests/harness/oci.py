# SPDX-License-Identifier: Apache-2.0
"""OCI bundles, and how to run runc and crun on this node."""
import json
import subprocess
from pathlib import Path

from harness import cgroups, paths, rootfs

NAMESPACES = ("pid", "network", "ipc", "uts", "mount")


def config(root, arguments, environment=(), folders=None):
    """config.json of a sandbox without a terminal, with its own pid and network namespaces. No cgroup path:
    the runtime then makes a cgroup named as the container, as a bare `runc run x` does. `folders` of the node
    ({there: here}) are readable in it; for None there is an empty one that it may write."""
    more = [{"destination": there, "type": "bind", "source": str(here), "options": ["rbind", "ro"]} if here
            else {"destination": there, "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "size=1m"]}
            for there, here in (folders or {}).items()]
    return {
        "ociVersion": "1.0.2",
        "process": {"terminal": False, "user": {"uid": 0, "gid": 0}, "args": list(arguments),
                    "env": ["PATH=/bin", *environment], "cwd": "/", "noNewPrivileges": True},
        "root": {"path": str(root), "readonly": True},
        "hostname": "sandbox",
        "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
                   {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
                    "options": ["nosuid", "mode=755", "size=64k"]}, *more],
        "linux": {"namespaces": [{"type": name} for name in NAMESPACES]},
    }


def bundle(folder, arguments, extra=(), environment=(), folders=None):
    """Makes a bundle whose sandbox runs `arguments`; returns its folder."""
    folder = Path(folder)
    root = folder / "rootfs"
    if not root.exists():
        rootfs.make(root, extra)
    for there in folders or {}:
        (root / there.strip("/")).mkdir(parents=True, exist_ok=True)
    text = json.dumps(config(root, arguments, environment, folders))
    (folder / "config.json").write_text(text, encoding="utf-8")
    return folder


def node_bundle(folder, name, program, arguments, folders=None, environment=()):
    """A bundle in which a program of the node runs, with the node's libraries, under the name `name`: the
    instance's function is called that."""
    root = rootfs.make(Path(folder) / "rootfs")
    for link in ("lib", "lib64"):
        (root / link).symlink_to(f"usr/{link}")
    (root / "bin" / name).symlink_to(program)
    return bundle(folder, [f"/bin/{name}", *arguments], environment=environment,
                  folders={"/usr": "/usr", "/tmp": None, **(folders or {})})


def hybrid_prefix(empty):
    """Words to put before a command so that crun runs in it on a hybrid node.

    crun refuses a node where a controller (hugetlb) sits in v2 beside v1. In a mount namespace of its own
    an empty file hides cgroup.controllers, and it joins both. Elsewhere there is nothing to put before."""
    if not cgroups.is_hybrid():
        return []
    Path(empty).touch()
    hide = f'mount --bind "{empty}" "{cgroups.v2_root()}/cgroup.controllers" && exec "$@"'
    return [paths.tool("unshare"), "--mount", "--propagation", "private", "sh", "-c", hide, "hide"]


class Runtime:
    """runc or crun with a state folder of its own."""

    def __init__(self, name, folder):
        self.name = name
        self.path = paths.tool(name)
        self.folder = Path(folder)
        self.state = self.folder / f"{name}-state"
        self.state.mkdir(parents=True, exist_ok=True)
        self.prefix = hybrid_prefix(self.folder / "empty") if name == "crun" else []

    def command(self, *arguments):
        """The command line of one call of the runtime."""
        return [*self.prefix, self.path, "--root", str(self.state), *map(str, arguments)]

    def loop(self, bundle_folder, name, count):
        """A command line that runs `count` sandboxes one after another, named NAME-1 and on; it fails with
        the number of failed ones. One namespace and one shell for all: the loop itself costs little."""
        run = f'"{self.path}" --root "{self.state}" run'
        script = (f'failed=0; i=1; while [ $i -le {count} ]; do '
                  f'{run} --bundle "{bundle_folder}" {name}-$i </dev/null || failed=$((failed+1)); '
                  'i=$((i+1)); done; '
                  '[ $failed -eq 0 ] || { echo "$failed sandboxes failed" >&2; exit 1; }')
        return [*self.prefix, "sh", "-c", script]

    def start(self, bundle_folder, name, **options):
        """A sandbox in the foreground of its own process; its stdin and stdout are pipes."""
        return subprocess.Popen(self.command("run", "--bundle", bundle_folder, name),
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)

    def create(self, bundle_folder, name, pid_file):
        """A sandbox that `start` will run; its stdin and stdout are the pipes of the `create` that made it."""
        command = self.command("create", "--pid-file", pid_file, "--bundle", bundle_folder, name)
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def pid_of(self, name):
        """Process id of the sandbox's first process, 0 when there is none."""
        done = subprocess.run(self.command("state", name), capture_output=True, text=True, check=False)
        return json.loads(done.stdout).get("pid", 0) if done.returncode == 0 else 0

    def remove(self, name):
        """Kills and removes a sandbox, whatever its state."""
        subprocess.run(self.command("delete", "--force", name), capture_output=True, check=False, timeout=30)
