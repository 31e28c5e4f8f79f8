#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`faastax report` on files: what it is divided by adds up to the report, in every format."""
import csv
import io
import json
import subprocess

from harness import case, oci, paths, processes, recording, stat

ACTIVITIES = ("create", "init", "handle", "idle", "teardown", "manage", "route", "observe", "other")


def report(*arguments):
    """(status, stdout, stderr) of `faastax report`."""
    line = [paths.program("faastax"), "report", *arguments]
    done = subprocess.run([str(word) for word in line], capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


class Report(case.SystemTest):
    def loop(self):
        runtime = oci.Runtime("crun", self.dir)
        bundle = oci.bundle(self.dir / "bundle", ["/bin/true"])
        return runtime.loop(bundle, "fxreport", 5)

    def measured(self):
        """The file and the contents of a report with instances."""
        plain = stat.stat(self.dir, self.loop(), "--instances")
        return self.dir / "report.json", plain

    def test_divisions_add_up(self):
        source, plain = self.measured()
        for dimension in ("function", "track", "node", "component"):
            with self.subTest(dimension):
                status, text, errors = report("--input", source, "--by", dimension, "--format", "json")
                self.assertEqual((0, ""), (status, errors))
                divided = json.loads(text)
                rows = divided.pop("by")["rows"]
                self.assertEqual(plain, divided, "apart from `by` it is the report")
                self.check_sums(plain, rows)
                self.check_table(report("--input", source, "--by", dimension, "--format", "csv"), rows)
                self.assertIn(f"CPU by {dimension}\n", report("--input", source, "--by", dimension)[1])

    def check_sums(self, plain, rows):
        for activity in ACTIVITIES:
            total = sum(row["cpu_seconds"][activity] for row in rows)
            self.assertAlmostEqual(plain["cpu"]["by_activity"][activity]["seconds"], total, places=6)
        for row in rows:
            self.assertGreaterEqual(min(row["cpu_seconds"].values()), 0, row["name"])
        if rows[-1]["name"] == "(instances themselves)":
            own = sum(instance["own_seconds"] for instance in plain["instances_detail"])
            booked = sum(rows[-1]["cpu_seconds"].values())
            unsettled = plain["cpu"]["unsettled_seconds"]
            self.assertAlmostEqual(own, booked + unsettled, places=6, msg="what cpu.stat says")
        if any(row["started"] for row in rows):
            self.assertEqual(plain["instances"]["started"], sum(row["started"] or 0 for row in rows))

    def check_table(self, answer, rows):
        status, text, errors = answer
        self.assertEqual((0, ""), (status, errors))
        table = list(csv.DictReader(io.StringIO(text, newline="")))
        self.assertEqual(len(rows), len(table))
        for row, line in zip(rows, table):
            for activity in ACTIVITIES:
                self.assertAlmostEqual(row["cpu_seconds"][activity], float(line[f"{activity}_seconds"]), places=8)

    def test_recording(self):
        path = self.dir / "recording"
        recording.record(path, self.loop())
        status, text, errors = report("--input", path, "--format", "json")
        self.assertEqual((0, ""), (status, errors))
        self.assertEqual(json.loads(recording.replay(path)), json.loads(text))

    def test_wrong_usage_and_files(self):
        source = self.dir / "report.json"
        source.write_text("{}", encoding="utf-8")
        self.assertEqual(1, report("--input", source)[0])
        self.assertIn("schema is missing", report("--input", source)[2])
        for wrong in ((), ("--input", self.dir / "none"), ("--input", source, "--by", "moon"),
                      ("--input", source, "--format", "pdf")):
            status, text, errors = report(*wrong)
            self.assertEqual((2, "", 1), (status, text, errors.count("\n")), wrong)

    def test_a_file_without_an_end(self):
        """Is refused before it fills the memory."""
        endless = processes.run(["sh", "-c", f"ulimit -v 2000000; {paths.program('faastax')} report --input /dev/zero "
                                             "2>&1 || echo status $?"])
        self.assertEqual("faastax: /dev/zero: no report is larger than 128.0 MiB\nstatus 1\n", endless)

    def test_a_dimension_that_the_source_lacks(self):
        source, _ = self.measured()
        status, text, errors = report("--input", source, "--by", "policy")
        self.assertEqual((2, ""), (status, text))
        self.assertIn("--by policy", errors)
        status, _, errors = report("--input", source, "-o", "/proc/none/x")
        self.assertEqual((1, 1), (status, errors.count("\n")))


if __name__ == "__main__":
    case.main()
