#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`./dev sweep`: all policies on real sandboxes under the load of a trace in the format of Azure Functions 2019, over
keep-alive, window and utilization; the table of the README, and which of the papers' signs it shows."""
import argparse
import json
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

from harness import paths
from results import machine, t_975
from signs import Point, signs

WINDOWS = (30, 120, 600)
UTILIZATIONS = (0.5, 0.7, 1.0)
MIDDLE_WINDOW, USUAL_UTILIZATION = 120, 0.7
# With which words `--policies` has them; Knative's without panic, as the papers measure.
WINDOWED = {"sync": "sync:{}s", "async": "async:no-panic:{}s", "dirigent": "dirigent:{}s", "dual": "dual:{}s",
            "regression": "regression:{}s"}
TARGETED = ("async", "regression")
COLUMNS = (("slowdown", "slowdown", 1, 1), ("memory_ratio", "memory", 1, 1), ("mean_memory_bytes", "MiB", 2**-20, 0),
           ("creations_per_second", "creations/s", 1, 2), ("overhead_ratio", "overhead %", 100, 0),
           ("slow_start_share", "slow starts %", 100, 2), ("emergency_share", "emergency %", 100, 0),
           ("delay_p99_seconds", "delay p99 ms", 1000, 1))
MOST_BUSY, MOST_LATE_SECONDS = 0.9, 0.01


def grid(quick):
    """[(words of --policies, policy, setting, level)…]; a run that stands for two settings is there twice."""
    windows = (WINDOWS[0], WINDOWS[-1]) if quick else WINDOWS
    names = ("sync", "dual") if quick else WINDOWED
    runs = [(WINDOWED[name].format(seconds), name, "window", seconds) for name in names for seconds in windows]
    for name in () if quick else TARGETED:
        base = WINDOWED[name].format(MIDDLE_WINDOW)
        runs += [(base if share == USUAL_UTILIZATION else f"{base}:utilization={share}", name, "utilization", share)
                 for share in UTILIZATIONS]
    return runs


def options():
    """The command line."""
    parser = argparse.ArgumentParser(prog="./dev sweep", description=__doc__)
    parser.add_argument("--trace", required=True, type=Path, help="folder with invocations.csv, durations.csv, memory.csv")
    parser.add_argument("--json", type=Path, default=paths.BUILD / "sweep.json", help="where all runs are kept")
    parser.add_argument("--resume", action="store_true", help="leave out the runs that are in --json's file")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--start-minute", type=int, default=400)
    parser.add_argument("--minutes", type=int, default=40)
    parser.add_argument("--warmup", default="10m", help="of the trace's time, not counted")
    parser.add_argument("--speedup", type=float, default=120)
    parser.add_argument("--fit", type=float, default=0.4, help="CPUs that the functions may use on average")
    parser.add_argument("--max-exec", default="10ms", help="longer run times are cut to this")
    parser.add_argument("--max-memory", type=float, default=16, help="MiB; larger memory is cut to this")
    parser.add_argument("--min-requests", type=int, default=100, help="only functions with so many in the window")
    parser.add_argument("--quick", action="store_true", help="two policies, two settings: does it run, not what is it")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    return parser.parse_args()


def measure(chosen):
    """Runs what is missing; everything that was measured, as `faastax lab compare` keeps it."""
    words = list(dict.fromkeys(run[0] for run in grid(chosen.quick)))
    command = [paths.program("faastax"), "lab", "compare", "--policies", ",".join(words), "--json", chosen.json]
    for name in ("trace", "seeds", "start_minute", "minutes", "warmup", "speedup", "fit", "max_exec", "max_memory",
                 "min_requests"):
        command += [f"--{name.replace('_', '-')}", getattr(chosen, name)]
    command += ["--resume"] if chosen.resume else []
    before = chosen.json.stat().st_mtime_ns if chosen.json.exists() else None
    done = subprocess.run([str(word) for word in command], stdout=subprocess.DEVNULL, check=False)
    after = chosen.json.stat().st_mtime_ns if chosen.json.exists() else None
    # An old file says nothing of runs that did not even begin.
    if done.returncode and (after is None or after == before):
        sys.exit(done.returncode)
    return json.loads(chosen.json.read_text(encoding="utf-8")), done.returncode


def points_of(data, quick):
    """The sweep's points, of the runs that there are."""
    return [Point(policy, setting, level, run["seed"], run["figures"])
            for words, policy, setting, level in grid(quick) for run in data["runs"] if run["policy"] == words]


def cell(points, figure, scale, digits):
    """Mean over seeds and half the 95% interval."""
    values = [p.figures[figure] * scale for p in points if p.figures.get(figure) is not None]
    if not values:
        return "-"
    text = f"{statistics.mean(values):.{digits}f}"
    if len(values) > 1:
        text += f" ±{t_975(len(values) - 1) * statistics.stdev(values) / len(values) ** 0.5:.{digits}f}"
    return text


def table(header, rows):
    """In Markdown."""
    return ["| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *rows)]


def policy_table(points):
    """One row a policy and setting."""
    rows = []
    for key in dict.fromkeys((p.policy, p.setting, p.level) for p in points):
        mine = [p for p in points if (p.policy, p.setting, p.level) == key]
        level = f"{key[2]} s" if key[1] == "window" else f"utilization {key[2]}"
        rows.append((key[0], level, *(cell(mine, figure, scale, digits) for figure, _, scale, digits in COLUMNS)))
    return table(("policy", "setting", *(title for _, title, _, _ in COLUMNS)), rows)


def carried(data):
    """Whether the machine carried the load: the runs in which it did not, and the worst figures."""
    worst = {name: max(run["figures"][name] or 0 for run in data["runs"]) for name in ("busy_share", "late_p99_seconds")}
    generator = max(sum(row["seconds"] for row in run["report"]["cpu"]["by_component"] if row["component"] == "loadgen")
                    / run["report"]["window"]["seconds"] for run in data["runs"])
    over = [run for run in data["runs"] if run["figures"]["busy_share"] > MOST_BUSY
            or (run["figures"]["late_p99_seconds"] or 0) > MOST_LATE_SECONDS]
    text = (f"CPUs busy at most {worst['busy_share']:.0%}; the load generator used at most {generator:.2f} CPUs and sent "
            f"99% of a run's requests at most {worst['late_p99_seconds'] * 1000:.1f} ms late")
    return text + (f"; {len(over)} of {len(data['runs'])} runs were beyond {MOST_BUSY:.0%} or "
                   f"{MOST_LATE_SECONDS * 1000:.0f} ms: **saturated**." if over else ".")


def about(data):
    """What was run, and how the load was fitted to the machine."""
    setup, runs = data["setup"], data["runs"]
    failed = sum(run["lab"]["requests"]["failed"] for run in runs)
    sent = sum(run["lab"]["requests"]["sent"] for run in runs)
    return [f"{setup['functions']} functions with at least {setup['min_requests']} requests in {setup['minutes']} minutes of "
            f"the trace (from minute {setup['start_minute']}, the first {setup['warmup_s'] / 60:.0f} not counted), "
            f"{setup['speedup']:.0f} times as fast, so {setup['seconds']:.0f} s a run; {len({run['seed'] for run in runs})} "
            f"seeds, means ± 95%. The fit: run times cut to {setup['max_exec_ms']:.0f} ms ({setup['run_times_cut']} of "
            f"{setup['requests']}), {setup['requests_left_out']} requests of busy functions left out, so that functions use "
            f"{setup['functions_cpus']:.2f} CPUs. {len(runs)} runs, {sent} requests sent, {failed} failed. {machine()}, "
            f"sandboxes by {setup['runtime']}. {carried(data)}"]


def page(data, quick):
    """The lines for people, in Markdown."""
    points = points_of(data, quick)
    rows = [(sign.claim, str(sign), sign.verdict if sign.verdict == "shown" else f"**{sign.verdict}**")
            for sign in signs(points)]
    return [*about(data), "", *policy_table(points), "",
            "The papers' signs: for a setting the figure at its highest level over that at its lowest, by a fit with an "
            "intercept for each seed; for `dual` the difference at the same keep-alive and seed.", "",
            *table(("claim", "seen (95%)", ""), rows)]


def write_readme(lines, readme=paths.SOURCE / "README.md"):
    """Replaces what is between the marks."""
    text = readme.read_text(encoding="utf-8")
    pattern = re.compile(r"(<!-- sweep: made by `\./dev sweep --write` -->\n).*?(<!-- /sweep -->)", re.S)
    if not pattern.search(text):
        sys.exit(f"{readme} has no place for the table")
    readme.write_text(pattern.sub(lambda m: m[1] + "\n".join(lines) + "\n" + m[2], text), encoding="utf-8")


def missing(data, chosen):
    """How many runs of the whole sweep there are not."""
    words = {run[0] for run in grid(quick=False)}
    return len(words) * chosen.seeds - len({(run["policy"], run["seed"]) for run in data["runs"] if run["policy"] in words})


def main():
    """The whole; the status is that of the runs."""
    chosen, begun = options(), time.monotonic()
    data, status = measure(chosen)
    lines = page(data, chosen.quick)
    print("\n".join(lines))
    print(f"({time.monotonic() - begun:.0f} s; runs in {chosen.json})", file=sys.stderr)
    if chosen.write:
        if chosen.quick or missing(data, chosen):
            sys.exit(f"README.md is as it was: {missing(data, chosen)} runs of the whole sweep are missing (--resume)")
        write_readme(lines)
    sys.exit(status)


if __name__ == "__main__":
    main()
