# SPDX-License-Identifier: Apache-2.0
"""What the kinds in deploy/kubernetes may hold: the fields of the published APIs (Kubernetes v1.27, Prometheus
operator v0.68) that make sense for us, no others. So a field that is misspelt, misplaced or of a wrong type is found
without a cluster."""
import yaml
from jsonschema import Draft7Validator

from harness import paths

FOLDER = paths.SOURCE / "deploy" / "kubernetes"


def thing(required=(), **fields):
    """An object with these fields alone; a trailing _ in a name is for Python's keywords."""
    return {"type": "object", "additionalProperties": False, "required": list(required),
            "properties": {name.rstrip("_"): one for name, one in fields.items()}}


def many(one):
    """A list with at least one."""
    return {"type": "array", "items": one, "minItems": 1}


def of(*values):
    """One of these words."""
    return {"enum": list(values)}


TEXT = {"type": "string", "minLength": 1}
NUMBER = {"type": "integer", "minimum": 0}
FLAG = {"type": "boolean"}
WORDS = {"type": "object", "additionalProperties": {"type": "string"}}
NAME = {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$"}
PORT = {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 65535}, NAME]}
PORT_NUMBER = {"type": "integer", "minimum": 1, "maximum": 65535}
NUMBER_OR_SHARE = {"anyOf": [NUMBER, {"type": "string", "pattern": "^[0-9]+%$"}]}
QUANTITY = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$"}
DURATION = {"type": "string", "pattern": "^([0-9]+(ms|s|m|h))+$"}

META = thing(["name"], name=NAME, namespace=NAME, labels=WORDS, annotations=WORDS)
SELECTOR = thing(matchLabels=WORDS, matchExpressions=many(
    thing(["key", "operator"], key=TEXT, operator=of("In", "NotIn", "Exists", "DoesNotExist"), values=many(TEXT))))
CAPABILITIES = thing(add=many({"type": "string", "pattern": "^[A-Z_]+$"}), drop=many(TEXT))
SECCOMP = thing(["type"], type=of("RuntimeDefault", "Unconfined", "Localhost"), localhostProfile=TEXT)
CONTAINER_SECURITY = thing(
    runAsUser=NUMBER, runAsGroup=NUMBER, runAsNonRoot=FLAG, privileged=FLAG, allowPrivilegeEscalation=FLAG,
    readOnlyRootFilesystem=FLAG, capabilities=CAPABILITIES, seccompProfile=SECCOMP)
POD_SECURITY = thing(runAsUser=NUMBER, runAsGroup=NUMBER, runAsNonRoot=FLAG, fsGroup=NUMBER, seccompProfile=SECCOMP,
                     fsGroupChangePolicy=of("Always", "OnRootMismatch"))
PROBE = thing(httpGet=thing(["port"], path=TEXT, port=PORT, scheme=of("HTTP", "HTTPS")),
              tcpSocket=thing(["port"], port=PORT), periodSeconds=NUMBER, failureThreshold=NUMBER,
              timeoutSeconds=NUMBER, initialDelaySeconds=NUMBER, successThreshold=NUMBER)
AMOUNTS = thing(cpu=QUANTITY, memory=QUANTITY, **{"ephemeral-storage": QUANTITY, "storage": QUANTITY})
ENVIRONMENT = thing(["name"], name=TEXT, value=TEXT, valueFrom=thing(
    fieldRef=thing(["fieldPath"], fieldPath=TEXT), secretKeyRef=thing(["key"], name=NAME, key=TEXT, optional=FLAG)))
CONTAINER = thing(
    ["name", "image"], name=NAME, image=TEXT, imagePullPolicy=of("Always", "IfNotPresent", "Never"),
    command=many(TEXT), args=many(TEXT), env=many(ENVIRONMENT), securityContext=CONTAINER_SECURITY,
    ports=many(thing(["containerPort"], name=NAME, containerPort=PORT_NUMBER, protocol=of("TCP", "UDP"))),
    resources=thing(requests=AMOUNTS, limits=AMOUNTS), startupProbe=PROBE, readinessProbe=PROBE, livenessProbe=PROBE,
    volumeMounts=many(thing(["name", "mountPath"], name=NAME, mountPath=TEXT, readOnly=FLAG, subPath=TEXT,
                            mountPropagation=of("None", "HostToContainer"))))
VOLUME = thing(["name"], name=NAME, configMap=thing(["name"], name=NAME, optional=FLAG),
               secret=thing(["secretName"], secretName=NAME, optional=FLAG, defaultMode=NUMBER),
               emptyDir=thing(medium=TEXT, sizeLimit=QUANTITY), persistentVolumeClaim=thing(["claimName"], claimName=NAME),
               hostPath=thing(["path"], path=TEXT, type=of("Directory", "DirectoryOrCreate", "File", "Socket")))
POD = thing(
    ["containers"], serviceAccountName=NAME, automountServiceAccountToken=FLAG, enableServiceLinks=FLAG,
    nodeSelector=WORDS, priorityClassName=NAME, hostPID=FLAG, hostNetwork=FLAG, hostIPC=FLAG, dnsPolicy=TEXT,
    terminationGracePeriodSeconds=NUMBER, securityContext=POD_SECURITY, containers=many(CONTAINER),
    initContainers=many(CONTAINER), volumes=many(VOLUME),
    tolerations=many(thing(key=TEXT, operator=of("Exists", "Equal"), value=TEXT, effect=TEXT)))
TEMPLATE = thing(["metadata", "spec"], metadata=thing(["labels"], labels=WORDS, annotations=WORDS), spec=POD)
CLAIM = thing(["metadata", "spec"], metadata=META, spec=thing(
    ["accessModes", "resources"], accessModes=many(of("ReadWriteOnce")), storageClassName=NAME,
    resources=thing(["requests"], requests=AMOUNTS)))
PEER = thing(namespaceSelector=SELECTOR, podSelector=SELECTOR,
             ipBlock=thing(["cidr"], cidr=TEXT, except_=many(TEXT)))
TRAFFIC_PORTS = many(thing(protocol=of("TCP", "UDP"), port=PORT))
RELABELING = thing(sourceLabels=many(TEXT), separator=TEXT, targetLabel=TEXT, regex=TEXT, replacement=TEXT,
                   action=of("replace", "keep", "drop", "labeldrop", "labelkeep", "labelmap"))
SCRAPE = thing(["port"], port=NAME, path=TEXT, scheme=of("http", "https"), interval=DURATION, scrapeTimeout=DURATION,
               honorLabels=FLAG, relabelings=many(RELABELING), metricRelabelings=many(RELABELING),
               tlsConfig=thing(serverName=TEXT, insecureSkipVerify=FLAG, ca=thing(secret=thing(["key"], name=NAME, key=TEXT))))
RULE = thing(["expr"], record=TEXT, alert=TEXT, expr=TEXT, for_=DURATION, labels=WORDS, annotations=WORDS)


def whole(version, kind, **parts):
    """A resource."""
    return thing(["apiVersion", "kind", "metadata"], apiVersion=of(version), kind=of(kind), metadata=META, **parts)


SUBJECT = thing(["kind", "name"], kind=of("ServiceAccount"), name=NAME, namespace=NAME)
KINDS = {
    "Namespace": whole("v1", "Namespace"),
    "ServiceAccount": whole("v1", "ServiceAccount", automountServiceAccountToken=FLAG),
    "ConfigMap": whole("v1", "ConfigMap", data=WORDS),
    "Service": whole("v1", "Service", spec=thing(
        ["selector", "ports"], selector=WORDS, type=of("ClusterIP"), clusterIP=of("None"),
        ports=many(thing(["port"], name=NAME, port=PORT_NUMBER, targetPort=PORT, protocol=of("TCP", "UDP"))))),
    "Role": whole("rbac.authorization.k8s.io/v1", "Role", rules=many(
        thing(["apiGroups", "resources", "verbs"], apiGroups=many({"type": "string"}), resources=many(TEXT),
              verbs=many(of("get", "list", "watch"))))),
    "RoleBinding": whole("rbac.authorization.k8s.io/v1", "RoleBinding", subjects=many(SUBJECT),
                         roleRef=thing(["apiGroup", "kind", "name"], apiGroup=of("rbac.authorization.k8s.io"),
                                       kind=of("Role"), name=NAME)),
    "DaemonSet": whole("apps/v1", "DaemonSet", spec=thing(
        ["selector", "template"], selector=SELECTOR, template=TEMPLATE, minReadySeconds=NUMBER,
        updateStrategy=thing(["type"], type=of("RollingUpdate", "OnDelete"),
                             rollingUpdate=thing(maxUnavailable=NUMBER_OR_SHARE, maxSurge=NUMBER_OR_SHARE)))),
    "StatefulSet": whole("apps/v1", "StatefulSet", spec=thing(
        ["selector", "template", "serviceName"], selector=SELECTOR, template=TEMPLATE, serviceName=NAME,
        replicas=NUMBER, volumeClaimTemplates=many(CLAIM), podManagementPolicy=of("OrderedReady", "Parallel"))),
    "NetworkPolicy": whole("networking.k8s.io/v1", "NetworkPolicy", spec=thing(
        ["podSelector"], podSelector=SELECTOR, policyTypes=many(of("Ingress", "Egress")),
        ingress=many(thing(from_=many(PEER), ports=TRAFFIC_PORTS)),
        egress={"type": "array", "items": thing(to=many(PEER), ports=TRAFFIC_PORTS)})),
    "PodMonitor": whole("monitoring.coreos.com/v1", "PodMonitor", spec=thing(
        ["selector", "podMetricsEndpoints"], selector=SELECTOR, podMetricsEndpoints=many(SCRAPE), jobLabel=TEXT)),
    "ServiceMonitor": whole("monitoring.coreos.com/v1", "ServiceMonitor", spec=thing(
        ["selector", "endpoints"], selector=SELECTOR, endpoints=many(SCRAPE), jobLabel=TEXT)),
    "PrometheusRule": whole("monitoring.coreos.com/v1", "PrometheusRule", spec=thing(
        ["groups"], groups=many(thing(["name", "rules"], name=TEXT, interval=DURATION, rules=many(RULE))))),
}
KUSTOMIZATION = thing(
    ["apiVersion", "kind", "resources"], apiVersion=of("kustomize.config.k8s.io/v1beta1"), kind=of("Kustomization"),
    namespace=NAME, resources=many(TEXT), labels=many(thing(["pairs"], pairs=WORDS, includeSelectors=FLAG)),
    images=many(thing(["name"], name=TEXT, newName=TEXT, newTag=TEXT)))


def kustomization():
    """The base."""
    return yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))


def resources():
    """[(file, resource)] of the base, in its order."""
    return [(name, one) for name in kustomization()["resources"]
            for one in yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8"))]


def only(kind, name):
    """The resource of that kind and name."""
    found = [one for _, one in resources() if one["kind"] == kind and one["metadata"]["name"] == name]
    if len(found) != 1:
        raise AssertionError(f"{len(found)} resources {kind} {name}")
    return found[0]


def mistakes(resource, schema=None):
    """What is wrong with it, a line each."""
    schema = schema or KINDS.get(resource.get("kind"))
    if schema is None:
        return [f"kind {resource.get('kind')} is not known here"]
    return [f"{'/'.join(map(str, error.path))}: {error.message}" for error in Draft7Validator(schema).iter_errors(resource)]


def agent():
    """The agent's pod."""
    return only("DaemonSet", "faastax-agent")["spec"]["template"]["spec"]


def capabilities(pod):
    """Of its only container, by the kernel's names without CAP_, as the manifest has them."""
    container, = pod["containers"]
    return container["securityContext"]["capabilities"].get("add", [])
