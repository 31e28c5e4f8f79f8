# SPDX-License-Identifier: Apache-2.0
"""Work that has nothing to do with sandboxes, beside sandboxes that come and go.

The run is recorded and booked twice: as it was, and with the unrelated processes' time taken out. The difference,
activity by activity, is exactly what was booked of theirs."""
from dataclasses import dataclass

from harness import cgroups, paths, recording
from harness.stat import CHURN, activity_seconds

# Runs the noise (the first four words) beside the rest, which is a command.
BESIDE = 'sh -c "$0" noise "$1" "$2" "$3" & shift 3; "$@"; status=$?; wait; exit $status'

# Enters a cgroup of its own, so that the kernel counts its time apart.
NOISE = """echo $$ > "$1/cgroup.procs"
i=0; while [ $i -lt 100 ]; do "$2" -L > /dev/null; i=$((i+1)); done
"$3" single 2000 < /dev/null > /dev/null
"""


@dataclass
class Unrelated:
    """Seconds: what the kernel has counted, what faastax has booked, and what of it to churn."""

    used: float
    booked: float
    leaked: float


def measure(folder, name, command):
    """100 × `iptables -L` and a burner beside the command; `name` is a cgroup's."""
    whole, rest = folder / f"{name}-whole.jsonl", folder / f"{name}-rest.jsonl"
    with cgroups.v2_group(name) as group:
        beside = ["sh", "-c", BESIDE, NOISE, group, paths.tool("iptables"), paths.helper("burn"), *command]
        recording.record(whole, [str(word) for word in beside])
        recording.without_time_of(whole, rest, group.stat().st_ino)
        used = cgroups.own_seconds(group)
    full, without = recording.report(whole), recording.report(rest)
    return Unrelated(used, full["cpu"]["busy_seconds"] - without["cpu"]["busy_seconds"],
                     activity_seconds(full, *CHURN) - activity_seconds(without, *CHURN))
