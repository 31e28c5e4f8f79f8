#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The manifests without a cluster: fields and types by schema, and what refers to what."""
import copy
import re
import unittest

import yaml

from harness import boards, case, kubernetes, paths


FREE = {"labels", "matchLabels", "annotations", "data", "nodeSelector", "selector"}  # whose keys are ours


def places(one, path=()):
    """Paths of all keys in it whose names the API gives."""
    if isinstance(one, list):
        for index, item in enumerate(one):
            yield from places(item, (*path, index))
    elif isinstance(one, dict):
        for key, value in one.items():
            yield (*path, key)
            if key not in FREE or (key == "selector" and "matchLabels" in value):
                yield from places(value, (*path, key))


def at(one, path):
    """What is at a path."""
    for step in path:
        one = one[step]
    return one


def labels_match(selector, labels):
    """As the API server compares."""
    return selector["matchLabels"].items() <= labels.items()


class Manifests(unittest.TestCase):
    maxDiff = None

    def test_fields_and_types(self):
        self.assertEqual([], kubernetes.mistakes(kubernetes.kustomization(), kubernetes.KUSTOMIZATION))
        for file, resource in kubernetes.resources():
            with self.subTest(f"{file}: {resource['kind']}"):
                self.assertEqual([], kubernetes.mistakes(resource))

    def test_the_check_finds_what_is_wrong(self):
        """A field misspelt, misplaced, of another type, missing, of another version."""
        good = kubernetes.only("DaemonSet", "faastax-agent")
        for change in (lambda one: one["spec"]["template"]["spec"].update(hostPid=True),
                       lambda one: one["spec"].update(securityContext={}),
                       lambda one: one["spec"]["template"]["spec"]["containers"][0].update(command="faastax-agent"),
                       lambda one: one["spec"].pop("selector"),
                       lambda one: one.update(apiVersion="apps/v1beta2")):
            broken = copy.deepcopy(good)
            change(broken)
            self.assertEqual(1, len(kubernetes.mistakes(broken)))

    def test_no_field_can_be_misspelt(self):
        """Each field of each kind, one after the other."""
        tried, seen = 0, set()
        for _, resource in kubernetes.resources():
            if resource["kind"] in seen or resource["kind"] == "PrometheusRule":  # Prometheus' own tool reads those
                continue
            seen.add(resource["kind"])
            for place in list(places(resource)):
                broken = copy.deepcopy(resource)
                parent = at(broken, place[:-1])
                parent[f"{place[-1]}X"] = parent.pop(place[-1])
                self.assertNotEqual([], kubernetes.mistakes(broken), place)
                tried += 1
        self.assertGreater(tried, 200)

    def test_every_file_is_in_the_base(self):
        files = {path.name for path in kubernetes.FOLDER.glob("*.yaml")}
        self.assertEqual(files, set(kubernetes.kustomization()["resources"]) | {"kustomization.yaml"})

    def test_what_pods_refer_to_exists(self):
        images = {image["name"] for image in kubernetes.kustomization()["images"]}
        for _, resource in kubernetes.resources():
            template = resource.get("spec", {}).get("template")
            if not template:
                continue
            pod = template["spec"]
            self.assertTrue(labels_match(resource["spec"]["selector"], template["metadata"]["labels"]))
            self.assertTrue(kubernetes.only("ServiceAccount", pod["serviceAccountName"]))
            volumes = {volume["name"] for volume in pod.get("volumes", ())}
            volumes |= {claim["metadata"]["name"] for claim in resource["spec"].get("volumeClaimTemplates", ())}
            for volume in pod.get("volumes", ()):
                if "configMap" in volume:
                    self.assertTrue(kubernetes.only("ConfigMap", volume["configMap"]["name"]))
            for container in pod["containers"]:
                self.assertIn(container["image"], images)
                self.assertLessEqual({mount["name"] for mount in container["volumeMounts"]}, volumes)
                ports = {port["name"] for port in container["ports"]}
                for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                    self.assertIn(container[probe]["httpGet"]["port"], ports)

    def test_secrets_are_those_that_operators_are_told_of(self):
        """In the manifests' comments and in docs/deployment.md."""
        wanted = {volume["secret"]["secretName"] for _, resource in kubernetes.resources()
                  for volume in resource.get("spec", {}).get("template", {}).get("spec", {}).get("volumes", ())
                  if "secret" in volume}
        told = (paths.SOURCE / "docs" / "deployment.md").read_text(encoding="utf-8")
        self.assertEqual(wanted, set(re.findall(r"faastax-\w+-(?:tls|token)", told)))
        for file in kubernetes.FOLDER.glob("*.yaml"):
            named = set(re.findall(r"secrets? (faastax-[a-z-]+)", file.read_text(encoding="utf-8")))
            self.assertLessEqual(named, wanted, file.name)

    def test_monitors_and_policies_find_the_pods(self):
        pods = [resource["spec"]["template"]["metadata"]["labels"] for _, resource in kubernetes.resources()
                if "template" in resource.get("spec", {})]
        for _, resource in kubernetes.resources():
            selector = resource.get("spec", {}).get({"PodMonitor": "selector", "ServiceMonitor": "selector",
                                                     "NetworkPolicy": "podSelector"}.get(resource["kind"]))
            if selector:
                self.assertTrue(any(labels_match(selector, labels) for labels in pods), resource["metadata"]["name"])

    def test_least_privilege(self):
        """No pod is privileged, all have limits and a read-only root; and none shares a namespace with its node."""
        for _, resource in kubernetes.resources():
            pod = resource.get("spec", {}).get("template", {}).get("spec")
            if not pod:
                continue
            self.assertFalse(any(pod.get(space, False) for space in ("hostPID", "hostNetwork", "hostIPC")))
            self.assertFalse(pod["automountServiceAccountToken"])
            for container in pod["containers"]:
                security = container["securityContext"]
                self.assertEqual((False, False, True), (security["privileged"], security["allowPrivilegeEscalation"],
                                                        security["readOnlyRootFilesystem"]))
                self.assertEqual(["ALL"], security["capabilities"]["drop"])
                self.assertNotIn("SYS_ADMIN", security["capabilities"].get("add", ()))
                self.assertEqual({"cpu", "memory"}, set(container["resources"]["limits"]))
            if container["name"] != "agent":
                self.assertTrue(pod["securityContext"]["runAsNonRoot"])
                self.assertNotIn("add", container["securityContext"]["capabilities"])
            for volume in pod["volumes"]:
                if "hostPath" in volume and volume["name"] != "spool":
                    self.check_read_only(pod, volume["name"])

    def check_read_only(self, pod, volume):
        for container in pod["containers"]:
            for mount in container["volumeMounts"]:
                self.assertTrue(mount["name"] != volume or mount["readOnly"], f"{volume} can be written")

    def test_monitor_gives_the_labels_that_rules_group_by(self):
        endpoint, = kubernetes.only("PodMonitor", "faastax-agent")["spec"]["podMetricsEndpoints"]
        self.assertTrue(endpoint["honorLabels"])
        made = {one["targetLabel"] for one in endpoint["relabelings"] if "targetLabel" in one}
        self.assertEqual({"cluster", "node", "job", "instance"}, made)
        job, = (one["replacement"] for one in endpoint["relabelings"] if one.get("targetLabel") == "job")
        self.assertIn(f'up{{job="{job}"}}', boards.RULES.read_text(encoding="utf-8"))

    def test_rules_are_those_of_prometheus(self):
        groups = yaml.safe_load(boards.RULES.read_text(encoding="utf-8"))["groups"]
        self.assertEqual(groups, kubernetes.only("PrometheusRule", "faastax")["spec"]["groups"])


if __name__ == "__main__":
    case.main()
