#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What `deploy/` and the Dockerfile start: the programs know every option of it, and take every configuration. And the
events that docs/events.md shows."""
import json
import re
import shlex
import socket
import subprocess

import yaml

from harness import case, collector, kubernetes, paths, processes

UNITS = paths.SOURCE / "deploy" / "systemd"
SECRETS = "/etc/faastax"  # where deployments have certificates and tokens
FAILED = 1


def of_units():
    """{where: words} of what systemd starts."""
    return {file.name: shlex.split(re.search(r"(?m)^ExecStart=(.*)$", file.read_text(encoding="utf-8"))[1])
            for file in UNITS.glob("*.service")}


def of_manifests():
    """The same of what Kubernetes starts."""
    return {f"{resource['metadata']['name']}.{resource['kind']}": [*one["command"], *one.get("args", ())]
            for _, resource in kubernetes.resources() if "template" in resource.get("spec", {})
            for one in resource["spec"]["template"]["spec"]["containers"]}


def of_images():
    """The same of what the images start by themselves."""
    stages = re.split(r"(?m)^FROM .* AS ", (paths.SOURCE / "Dockerfile").read_text(encoding="utf-8"))
    return {f"image {stage.split()[0]}": [word for line in re.findall(r"(?m)^(?:ENTRYPOINT|CMD) (.*)$", stage)
                                          for word in json.loads(line)]
            for stage in stages if "\nENTRYPOINT" in stage}


def unknown_options(program, words):
    """Options among the words that the program's help does not list."""
    known = set(re.findall(r"(?m)^ +(?:-\w,)?(--[\w-]+)", processes.run([paths.program(program), "--help"])))
    return [word for word in words if word.startswith("-") and word.split("=")[0] not in known]


class Commands(case.SystemTest):
    def test_options_are_known(self):
        found = of_units() | of_manifests() | of_images()
        self.assertEqual(2 + 2 + 3, len(found), found)
        for where, (program, *words) in found.items():
            with self.subTest(where):
                self.assertEqual([], unknown_options(program.rsplit("/", 1)[-1], words))
        self.assertEqual(["--moon", "-x"], unknown_options("faastax-agent", ["--config", "f", "--moon", "-x"]))


class Events(case.SystemTest):
    def test_documented_ones_are_taken(self):
        """Each of docs/events.md, alone and together; and not without one of the fields that it has to have."""
        text = (paths.SOURCE / "docs" / "events.md").read_text(encoding="utf-8")
        events = [json.loads(block) for block in re.findall(r"(?s)```json\n(.*?)```", text)]
        self.assertEqual(3, len(events))
        store = self.using(collector.running(self.dir))
        for event in events:
            self.assertEqual((200, "stored\n"), store.post(event))
        self.assertEqual((200, "stored\n"), store.post(events, collector.BATCHED))
        self.assertEqual(3, store.total("faastax_collector_events_total", outcome="new"))
        free = {"decision_id", "node", "placement_ms"}  # of an instance
        for event in events:
            for field in set(event["data"]) - (free if "instance" in event["type"] else set()):
                with self.subTest(event["type"], field=field):
                    less = {name: value for name, value in event["data"].items() if name != field}
                    self.assertEqual(400, store.post({**event, "id": "x", "data": less})[0])


class Configurations(case.SystemTest):
    def files(self, program):
        """{where: text} of the configurations that deployments have for it."""
        short = program.removeprefix("faastax-")
        return {f"systemd {short}.yaml": (UNITS / f"{short}.yaml").read_text(encoding="utf-8"),
                f"examples {short}.yaml": (paths.SOURCE / "examples" / f"{short}.yaml").read_text(encoding="utf-8"),
                "kubernetes": kubernetes.only("ConfigMap", program)["data"][f"{short}.yaml"]}

    def refused(self, program, text, *options):
        """The one line by which a program ends."""
        path = self.dir / "config.yaml"
        path.write_text(text, encoding="utf-8")
        done = subprocess.run([paths.program(program), "--config", path, *options], capture_output=True, text=True,
                              check=False, timeout=20)
        self.assertEqual(FAILED, done.returncode, done.stderr)
        return done.stderr

    def test_agent(self):
        """It reads all of it, then finds its port taken: nothing is attached for this."""
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            for where, text in self.files("faastax-agent").items():
                with self.subTest(where):
                    self.assertIn(address, self.refused("faastax-agent", text, "--listen", address))
                    self.assertIn("moon", self.refused("faastax-agent", f"{text}\nmoon: 1\n", "--listen", address))

    def test_collector(self):
        """It runs with each of them, with its own ports and store, and certificates that are here."""
        authority = collector.Authority(self.dir, "authority")
        certificate, key = authority.issue("collector")
        (self.dir / "token").write_text("secret\n", encoding="utf-8")
        here = {f"{SECRETS}/tls/tls.crt": certificate, f"{SECRETS}/tls/tls.key": key,
                f"{SECRETS}/tls/ca.crt": authority.certificate, f"{SECRETS}/token/token": self.dir / "token"}
        for where, text in self.files("faastax-collector").items():
            with self.subTest(where):
                self.assertIn("moon", self.refused("faastax-collector", f"{text}\nmoon: 1\n"))
                for there, path in here.items():
                    text = text.replace(there, str(path))
                self.check_runs(text, authority.context() if where == "kubernetes" else None)

    def check_runs(self, text, context):
        config = self.dir / "config.yaml"
        config.write_text(text, encoding="utf-8")
        one = collector.Collector(self.dir, ["--config", config])
        one.start(ready=False)
        try:
            processes.wait_until(lambda: self.is_ready(one, context), "it is ready")
            wanted = 401 if (yaml.safe_load(text).get("events") or {}).get("token_file") else 200
            self.assertEqual(wanted, one.post(collector.decision(1), context=context)[0])
        finally:
            self.assertEqual(0, one.stop())

    def is_ready(self, one, context):
        self.assertIsNone(one.process.poll(), one.log.read_text(encoding="utf-8"))
        try:
            return one.ask("GET", "/readyz", context=context)[0] == 200
        except OSError:
            return False


if __name__ == "__main__":
    case.main()
