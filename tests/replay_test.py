#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A recording booked again gives the report of the run; a changed recording gives another one."""
import json
import os
import shutil
import tempfile
import unittest
from pathlib import Path

from harness import case, oci, paths, processes, recording

COUNT = 10
SLICE_COUNT = 20


def without_node(data):
    """A report as JSON text, with the block that tells of the machine left out."""
    report = json.loads(data)
    del report["node"]
    return json.dumps(report)


def slices_and_cells(path):
    """Of a recording, by account: its slices, its cells as read last; and which accounts have ended."""
    slices, cells, ended = {}, {}, set()
    with open(path, encoding="ascii") as lines:
        next(lines)
        for entry in map(json.loads, lines):
            if entry["k"] == "slice":
                slices.setdefault(entry["account"], []).append(entry["ns"])
            elif entry["k"] == "cells":
                for row in entry["accounts"]:
                    # Modulo 2^64, as the tables count: a phase may be below 0 where an estimate was taken back from it.
                    cells[row["account"]] = sum(row["total"]) % (1 << 64)
                    if row["ended"]:
                        ended.add(row["account"])
    return slices, cells, ended


class Recorded(case.SystemTest):
    """Tests that book one recording, `path`, each in its own way; `live` is the report of its run."""
    PREFIX, SANDBOXES, OPTIONS = "", 0, ()

    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("needs root")
        folder = Path(tempfile.mkdtemp(prefix="faastax-test-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        bundle = oci.bundle(folder / "bundle", ["/bin/true"])
        loop = oci.Runtime("crun", folder).loop(bundle, cls.PREFIX, cls.SANDBOXES)
        cls.path, cls.live = folder / "run.jsonl", folder / "live.json"
        processes.run([paths.program("faastax"), "record", "-o", cls.path, *cls.OPTIONS, "--json", cls.live,
                       "--", *loop])


class Replay(Recorded):
    PREFIX, SANDBOXES = "fxreplay", COUNT

    def test_same_report_as_the_run(self):
        self.assertEqual(without_node(self.live.read_bytes()), without_node(recording.replay(self.path)))

    def test_same_bytes_each_time(self):
        self.assertEqual(recording.replay(self.path), recording.replay(self.path))

    def test_sandboxes_are_in_it(self):
        instances = recording.report(self.path)["instances"]
        self.assertEqual((COUNT, COUNT), (instances["started"], instances["stopped"]))

    def test_other_rules_give_other_owners(self):
        rules = self.dir / "rules.yaml"
        rules.write_text("programs:\n  crun: {class: runtime, component: my-runtime}\n"
                         "work:\n  cleanup_net: manage\n", encoding="utf-8")
        before, after = recording.report(self.path), recording.report(self.path, "--rules", rules)
        self.assertEqual(before["cpu"]["busy_seconds"], after["cpu"]["busy_seconds"])

        def seconds(report, component, activity):
            return sum(cell["seconds"] for cell in report["cpu"]["by_component"]
                       if (cell["component"], cell["activity"]) == (component, activity))

        self.assertEqual(seconds(before, "crun", "create"), seconds(after, "my-runtime", "create"))
        self.assertGreater(seconds(after, "my-runtime", "create"), 0)
        self.assertEqual(0, seconds(after, "crun", "create"))
        self.assertEqual(seconds(before, "kworker:cleanup_net", "teardown"),
                         seconds(after, "kworker:cleanup_net", "manage"))

    def drop_first(self, matches):
        """A copy of the recording without the first entry that matches."""
        dropped = []

        def change(entry):
            if not dropped and matches(entry):
                dropped.append(entry)
                return None
            return entry

        target = recording.rewrite(self.path, self.dir / "changed.jsonl", change)
        self.assertTrue(dropped, "the recording has no such edge")
        return recording.report(target)

    def test_without_one_removal_one_lives_on(self):
        report = self.drop_first(lambda entry: entry["k"] == "cgroup" and entry["change"] == "removed"
                                 and entry["sandbox"])
        instances = report["instances"]
        self.assertEqual((COUNT, COUNT - 1, 1),
                         (instances["started"], instances["stopped"], instances["live_at_end"]))

    def test_without_one_first_exec_that_time_moves_to_another_activity(self):
        report = self.drop_first(lambda entry: entry["k"] == "exec" and entry["first_in_sandbox"])
        whole = recording.report(self.path)
        self.assertNotEqual(whole["cpu"]["by_activity"], report["cpu"]["by_activity"])
        self.assertAlmostEqual(whole["cpu"]["busy_seconds"], report["cpu"]["busy_seconds"], places=6)

    def test_broken_line_is_named(self):
        lines = self.path.read_text(encoding="ascii").splitlines(keepends=True)
        lines[4] = '{"k":"nonsense"}\n'
        broken = self.dir / "broken.jsonl"
        broken.write_text("".join(lines), encoding="ascii")
        status, message = recording.failing_replay(broken)
        self.assertEqual(1, status)
        self.assertIn("line 5", message)


class Slices(Recorded):
    PREFIX, SANDBOXES, OPTIONS = "fxslices", SLICE_COUNT, ("--slices",)

    def test_their_sums_are_the_cells(self):
        slices, cells, ended = slices_and_cells(self.path)
        case.say(f"{sum(map(len, slices.values()))} slices of {len(slices)} accounts, {len(ended)} ended")
        self.assertGreater(len(ended), SLICE_COUNT)
        for account, total in cells.items():
            booked = sum(slices.get(account, []))
            # An account that lives has run on since its cells were copied.
            slack = 0 if account in ended else max(0.01 * total, 1e6)
            self.assertLessEqual(abs(booked - total), slack, f"account {account}, cells {total}")

    def test_the_report_is_the_same_with_and_without_them(self):
        report = json.loads(self.live.read_bytes())
        self.assertEqual({"events": 0, "records": 0}, report["lost"])
        self.assertEqual(SLICE_COUNT, report["instances"]["stopped"])
        with_them = recording.replay(self.path)
        self.assertEqual(without_node(self.live.read_bytes()), without_node(with_them))
        bare = recording.rewrite(self.path, self.dir / "bare.jsonl",
                                 lambda entry: None if entry["k"] == "slice" else entry)
        self.assertEqual(with_them, recording.replay(bare))

    def test_one_that_is_missing_shows(self):
        ended = slices_and_cells(self.path)[2]
        window = []
        dropped = []

        def change(entry):
            if entry["k"] == "window":
                window.append(entry)
            elif window and not dropped and entry["k"] == "slice" and entry["account"] in ended:
                dropped.append(entry)
                return None
            return entry

        report = recording.report(recording.rewrite(self.path, self.dir / "short.jsonl", change))
        self.assertEqual({"events": 0, "records": 1}, report["lost"])


if __name__ == "__main__":
    case.main()
