# SPDX-License-Identifier: Apache-2.0
"""A container image as one file, made without a registry and without a build tool."""
import hashlib
import io
import json
import tarfile

NAME = "faastax.test/busybox:1"


def _add(archive, name, data):
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    archive.addfile(entry, io.BytesIO(data))


def _layer(root):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as layer:
        layer.add(root, arcname=".")
    return buffer.getvalue()


def write_archive(root, path, arguments=("/bin/true",)):
    """Packs a root file system as a docker-archive of one layer, which `ctr images import` reads."""
    layer = _layer(root)
    config = {"architecture": "amd64", "os": "linux",
              "config": {"Cmd": list(arguments), "Env": ["PATH=/bin"]},
              "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]}}
    manifest = [{"Config": "config.json", "RepoTags": [NAME], "Layers": ["layer.tar"]}]
    with tarfile.open(path, "w") as archive:
        _add(archive, "config.json", json.dumps(config).encode())
        _add(archive, "layer.tar", layer)
        _add(archive, "manifest.json", json.dumps(manifest).encode())
    return path
