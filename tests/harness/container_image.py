# SPDX-License-Identifier: Apache-2.0
"""Building the project's images with buildah, in a storage of the test's own, and running one as its manifest says."""
import json
import shutil
from pathlib import Path

from harness import kubernetes, paths, processes

STEP = ("--isolation", "chroot", "--network", "host")
AMOUNTS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
CPU_PERIOD_US = 100_000
NODE = "test-node"  # where kubelet puts the name of its node


class Builder:
    """buildah with its own storage below a folder: overlays where they can be mounted, else whole copies."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.driver = "overlay"
        try:
            self.run("mount", self.run("from", "scratch"))
            self.run("rm", "--all")
        except AssertionError:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.driver = "vfs"

    def run(self, *arguments, seconds=600):
        """One call of buildah; what it printed."""
        return processes.run([paths.tool("buildah"), "--root", self.folder / "storage", "--runroot",
                              self.folder / "run", "--storage-driver", self.driver, *arguments], timeout=seconds).strip()

    def of_tree(self, tree, name, there="/"):
        """Makes an image of a folder."""
        container = self.run("from", "scratch")
        self.run("add", "--quiet", container, tree, there)
        self.run("commit", "--quiet", container, name)
        self.run("rm", container)

    def build(self, target, base, packages):
        """The Dockerfile's image of that name."""
        self.run("build", "--quiet", *STEP, "--target", target, "--build-arg", f"BASE=localhost/{base}",
                 "--build-arg", f"PACKAGES=localhost/{packages}", "--tag", f"faastax-{target}", paths.SOURCE)

    def unpacked(self, name):
        """(folder with the image's root file system, the image's configuration)."""
        container = self.run("from", "--pull-never", name)
        config = json.loads(self.run("inspect", "--type", "container", container))["OCIv1"]["config"]
        return Path(self.run("mount", container)), config

    def remove(self):
        """Everything that it made."""
        self.run("rm", "--all")
        shutil.rmtree(self.folder, ignore_errors=True)


def _bytes(quantity):
    return int(quantity[:-2]) * AMOUNTS[quantity[-2:]]


def _cpus(quantity):
    return int(quantity[:-1]) / 1000 if quantity.endswith("m") else float(quantity)


def _mount(there, kind, source, *options):
    return {"destination": there, "type": kind, "source": str(source), "options": list(options)}


def bundle(folder, root, pod, volumes):
    """An OCI bundle of the pod's container over an image's root file system, as a kubelet would have it made: its
    command, capabilities, limits, read-only root, mounts, and namespaces of its own unless the pod says otherwise.
    `volumes` are the folders here of those that are not the node's."""
    container, = pod["containers"]
    security, limits = container["securityContext"], container["resources"]["limits"]
    user = {**pod.get("securityContext", {}), **security}
    names = [f"CAP_{name}" for name in kubernetes.capabilities(pod)]
    here = {volume["name"]: volume["hostPath"]["path"] for volume in pod["volumes"] if "hostPath" in volume} | volumes
    mounts = [_mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"),
              _mount("/dev", "tmpfs", "tmpfs", "nosuid", "mode=755", "size=64k"),
              _mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro")]
    mounts += [_mount(one["mountPath"], "bind", here[one["name"]], "rbind",
                      "ro" if one.get("readOnly") else "rw",
                      "rslave" if one.get("mountPropagation") == "HostToContainer" else "rprivate")
               for one in container["volumeMounts"]]
    shared = {"pid": "hostPID", "network": "hostNetwork", "ipc": "hostIPC"}
    spaces = ["mount", "uts", "cgroup", *(name for name, key in shared.items() if not pod.get(key))]
    config = {
        "ociVersion": "1.0.2",
        "process": {"terminal": False, "user": {"uid": user.get("runAsUser", 0), "gid": user.get("runAsGroup", 0)},
                    "args": [word.replace("$(NODE_NAME)", NODE) for word in container["command"]],
                    "env": ["PATH=/usr/bin:/bin"], "cwd": "/",
                    "noNewPrivileges": not security["allowPrivilegeEscalation"],
                    "capabilities": {name: names for name in ("bounding", "effective", "permitted")}},
        "root": {"path": str(root), "readonly": security["readOnlyRootFilesystem"]},
        "hostname": "pod",
        "mounts": mounts,
        "linux": {"namespaces": [{"type": name} for name in spaces],
                  "resources": {"memory": {"limit": _bytes(limits["memory"])}, "pids": {"limit": 128},
                                "cpu": {"period": CPU_PERIOD_US, "quota": int(_cpus(limits["cpu"]) * CPU_PERIOD_US)}}},
    }
    folder = Path(folder)
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder
