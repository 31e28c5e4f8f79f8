# SPDX-License-Identifier: Apache-2.0
"""The expressions of our dashboards and rules, and the metrics that our programs export."""
import json
import re
import subprocess
import sys
from dataclasses import dataclass

import yaml

from harness import paths

DASHBOARDS = paths.SOURCE / "dashboards"
RULES = paths.SOURCE / "deploy" / "prometheus" / "rules.yaml"
SCRAPED = {"up"}  # Prometheus makes these itself
SCRAPE_LABELS = {"cluster", "node", "job", "instance"}
PARTS = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",)}


@dataclass(frozen=True)
class Expression:
    """PromQL, where it stands, and the kind of thing that it is there for."""

    where: str
    text: str
    kind: str  # panel, variable, record, alert


def boards():
    """{name: dashboard}."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8"))
            for path in sorted((DASHBOARDS / "grafana").glob("*.json"))}


def of_boards():
    """Every expression of every dashboard."""
    found = []
    for name, board in boards().items():
        for panel in board["panels"]:
            found += [Expression(f"{name}: {panel['title']} {target['refId']}", target["expr"], "panel")
                      for target in panel.get("targets", ())]
    return found


def variables_of_boards():
    """[(where, metric with matchers, label)] of the variables that are label values."""
    found = []
    for name, board in boards().items():
        for one in board["templating"]["list"]:
            if one["type"] == "query":
                selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", one["definition"]).groups()
                found.append((f"{name}: variable {one['name']}", selector, label))
    return found


def of_rules():
    """Every expression of the rules."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [Expression(f"rule {rule.get('record') or rule['alert']}", rule["expr"],
                       "record" if "record" in rule else "alert")
            for group in groups for rule in group["rules"]]


def recorded():
    """Names of the series that the rules make."""
    return {expression.where.removeprefix("rule ") for expression in of_rules() if expression.kind == "record"}


def exported():
    """{metric as it is scraped: set of its labels}, from the generators of the metrics' documents."""
    text = "".join(subprocess.run([paths.program(name)], capture_output=True, text=True, check=True).stdout
                   for name in ("faastax-metrics-doc", "faastax-collector-metrics-doc"))
    found = {}
    for name, kind, labels in re.findall(r"^\| `(faastax_\w+)` \| (\w+) \| ([^|]*) \|", text, re.MULTILINE):
        for part in PARTS[kind]:
            extra = {"le"} if part == "_bucket" else set()
            found[name + part] = set(re.findall(r"\w+", labels)) | extra
    return found


def selectors(expression):
    """[(metric, set of the labels that it is matched by)] in an expression."""
    found = []
    for name, matchers in re.findall(r"\b((?:faastax_|up\b|\w+:faastax_)[\w:]*)(?:\{([^}]*)\})?", bare(expression)):
        found.append((name, set(re.findall(r"(\w+)\s*[=!]", matchers))))
    return found


def grouping(expression):
    """Every label that an expression groups or joins by."""
    lists = re.findall(r"\b(?:by|on|without|ignoring|group_left)\s*\(([^)]*)\)", bare(expression))
    return {label for one in lists for label in re.findall(r"\w+", one)}


def bare(expression):
    """Without what stands in quotes."""
    return re.sub(r'"(?:[^"\\]|\\.)*"', '""', expression)


def filled(expression, interval, shown):
    """With Grafana's variables replaced: intervals, and All for every choice."""
    text = expression.replace("$__rate_interval", interval).replace("$__range", shown)
    return re.sub(r"\$\w+", ".*", text)


def compared(alert):
    """The side of an alert's comparison that has the data, and its threshold; None without a comparison."""
    match = re.fullmatch(r"(.*?)\s*(?:==|>|<)\s*([\d.]+)", alert.strip(), re.DOTALL)
    return match.groups() if match else None


def generate(*arguments):
    """Runs the generator of the dashboards; its status and its words."""
    done = subprocess.run([sys.executable, "-B", DASHBOARDS / "generate.py", *arguments], capture_output=True, text=True,
                          check=False)
    return done.returncode, done.stdout + done.stderr
