#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A recording booked again gives the report of the run; a changed recording gives another one."""
import json

from harness import case, oci, paths, processes, recording

COUNT = 10


def without_node(data):
    """A report as JSON text, with the block that tells of the machine left out."""
    report = json.loads(data)
    del report["node"]
    return json.dumps(report)


class Replay(case.SystemTest):
    def setUp(self):
        super().setUp()
        runtime = oci.Runtime("crun", self.dir)
        loop = runtime.loop(oci.bundle(self.dir / "bundle", ["/bin/true"]), "fxreplay", COUNT)
        self.path = self.dir / "run.jsonl"
        self.live = self.dir / "live.json"
        processes.run([paths.program("faastax"), "record", "-o", self.path, "--json", self.live, "--", *loop])

    def test_same_report_as_the_run(self):
        self.assertEqual(without_node(self.live.read_bytes()), without_node(recording.replay(self.path)))

    def test_same_bytes_each_time(self):
        self.assertEqual(recording.replay(self.path), recording.replay(self.path))

    def test_sandboxes_are_in_it(self):
        instances = recording.report(self.path)["instances"]
        self.assertEqual((COUNT, COUNT), (instances["started"], instances["stopped"]))

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


if __name__ == "__main__":
    case.main()
