#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The images of the Dockerfile, built on a base that debootstrap makes, and run under runc as the manifests say."""
import re
import subprocess

import yaml

from harness import agent, case, container_image, debian, kubernetes, oci, paths, processes

AGENT = "faastax-test-image"


class Image(case.SystemTest):
    def setUp(self):
        super().setUp()
        if not paths.full():
            self.skipTest("makes a Debian and images: FAASTAX_FULL=1")

    def test_images(self):
        builder = container_image.Builder(self.dir / "buildah")
        self.undo.callback(builder.remove)
        builder.of_tree(debian.bootstrap(self.dir / "debian"), "base")
        debian.packages(self.dir)
        builder.of_tree(self.dir / "packages", "packages", "/packages")
        for target in ("agent", "collector", "cli"):
            builder.build(target, "base", "packages")
        root, config = builder.unpacked("faastax-agent")
        self.check_size(root)
        self.assertEqual("/usr/bin/faastax-agent", config["Entrypoint"][0])
        self.check_agent(root)
        root, config = builder.unpacked("faastax-collector")
        self.assertRegex(config["User"], "^[1-9]")
        self.assertIn("faastax-collector", self.inside(root, "faastax-collector", "--help"))
        root, _ = builder.unpacked("faastax-cli")
        self.assertIn("record", self.inside(root, "faastax", "--help"))

    def check_size(self, root):
        """What the agent and what it needs add to a Debian."""
        more = size_mib(root) - size_mib(self.dir / "debian")
        case.say(f"agent's image: {more} MiB over its base")
        self.assertGreater(more, 0)
        self.assertLess(more, 80)

    def inside(self, root, *command):
        """What a command of an image prints."""
        return processes.run([paths.tool("chroot"), root, *command])

    def check_agent(self, root):
        """It is ready, has what the manifest gives, books a sandbox of the node, and stays within its limit."""
        pod = kubernetes.agent()
        config = self.dir / "config"
        config.mkdir()
        for name, text in kubernetes.only("ConfigMap", "faastax-agent")["data"].items():
            (config / name).write_text(text, encoding="utf-8")
        port = int(re.search(r":(\d+)$", yaml.safe_load((config / "agent.yaml").read_text("utf-8"))["listen"])[1])
        # The test's own folders, but for the node's /proc and /sys.
        volumes = {volume["name"]: self.volume(volume, config) for volume in pod["volumes"]
                   if volume["name"] not in ("proc", "sys")}
        bundle = container_image.bundle(self.dir / "pod", root, pod, volumes)
        runtime = oci.Runtime("runc", self.dir)
        with runtime.start(bundle, AGENT, stderr=subprocess.STDOUT) as process:
            try:
                pid = processes.wait_until(lambda: runtime.pid_of(AGENT), "the container runs")
                text = processes.wait_until(lambda: self.ask(pid, port, "/readyz") and self.ask(pid, port, "/metrics"),
                                            "the agent is ready", seconds=60)
                self.assertIn("faastax_agent_info", text)
                self.check_sandbox(pid, port)
            finally:
                runtime.remove(AGENT)
                output = process.stdout.read().decode()
                process.stdin.close()
        self.assertIn("no hook is missing", output)

    def volume(self, volume, config):
        """A folder for it."""
        if volume.get("configMap"):
            return config
        folder = self.dir / volume["name"]
        folder.mkdir()
        return folder

    def check_sandbox(self, pid, port):
        crun = oci.Runtime("crun", self.dir)
        processes.run(crun.loop(oci.bundle(self.dir / "bundle", ["/bin/true"]), "faastax-test-seen", 3))
        processes.wait_until(lambda: agent.total(agent.parse(self.ask(pid, port, "/metrics")),
                                                 "faastax_instance_starts_total") >= 3, "the sandboxes are booked")

    def ask(self, pid, port, path):
        """What it answers in its network namespace; empty until it does."""
        get = f"import urllib.request as u; print(u.urlopen('http://127.0.0.1:{port}{path}', timeout=5).read().decode())"
        done = subprocess.run([paths.tool("nsenter"), f"--net=/proc/{pid}/ns/net", "/usr/bin/python3", "-c", get],
                              capture_output=True, text=True, check=False)
        return done.stdout if done.returncode == 0 else ""


def size_mib(folder):
    """On disk, without the lists and downloads of apt, which the image has removed and debootstrap has left."""
    left_out = [f"--exclude={folder}/{name}" for name in ("var/lib/apt/lists", "var/cache", "var/log")]
    return int(processes.run([paths.tool("du"), "--summarize", "--block-size=1M", "--one-file-system", *left_out,
                              folder]).split()[0])


if __name__ == "__main__":
    case.main()
