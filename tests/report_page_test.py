#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The page of `faastax report --format html` in a browser, at the width of a desk and of a phone: every chart
is drawn, nothing is wider than the screen, nothing is asked of a network, nothing is complained about."""
import json

from harness import agent, browser, case, collector, lab, paths, processes

WIDTHS = {"desktop": (1280, 900), "phone": (390, 844)}
COURSES = {"cpu-over-time", "memory-over-time"}
SUMS = {"cpu", "memory"}
OTHERS = {"cold-starts", "scale-ups", "top-functions", "top-components"}


def page_of(page, *options):
    """Has `faastax report` write that page."""
    processes.run([paths.program("faastax"), "report", "--format", "html", "-o", page, *options])
    return page


class ReportPage(case.SystemTest):
    def setUp(self):
        super().setUp()
        self.browser = self.using(browser.running(self.dir))

    def test_pages_of_a_lab(self):
        """From the file that it wrote, the same without its course, and from the store of a collector to which an
        agent told its records and the lab its events."""
        with collector.running(self.dir) as store, agent.running(
                self.dir, f"collector: {{address: '127.0.0.1:{store.port}', period: 1s}}\nspool: {{folder: {self.dir}/spool}}\n"):
            lab.run(self.dir, "--functions", "3", "--minutes", "1", "--speedup", "8", "--keep-alive", "10s",
                    "--collector", f"http://127.0.0.1:{store.http_port}")
        source = self.dir / "lab.json"
        report = json.loads(source.read_text(encoding="utf-8"))["report"]
        ups = len(report["scaling"]["ups"])
        self.assertGreater(ups, 0)
        self.check_page(page_of(self.dir / "lab.html", "--input", source, "--by", "function"), COURSES | OTHERS, ups)
        self.check_the_course_is_whole(report)
        self.check_page(page_of(self.dir / "sums.html", "--input", self.without_timeline(source)), SUMS | OTHERS, ups)
        self.check_page(page_of(self.dir / "store.html", "--store", store.url, "--by", "policy"), COURSES | OTHERS, ups)

    def without_timeline(self, source):
        """The same report as one that has no course over time."""
        report = json.loads(source.read_text(encoding="utf-8"))["report"]
        del report["timeline"]
        path = self.dir / "sums.json"
        path.write_text(json.dumps(report), encoding="utf-8")
        return path

    def check_page(self, page, charts, ups):
        for name, (width, height) in WIDTHS.items():
            for dark in (False, True):
                with self.subTest(page=page.name, width=name, dark=dark):
                    seen = self.browser.open(page, width, height, dark)
                    self.assertEqual((width, dark), (seen["width"], seen["dark"]))
                    self.assertLessEqual(seen["content"], width, "wider than the screen")
                    self.assertEqual("rgb(13, 17, 23)" if dark else "rgb(255, 255, 255)", seen["background"])
                    self.assertGreaterEqual(seen["smallest"], 10, "text too small to read")
                    self.check_charts(seen["charts"], charts)
                    self.assertEqual(ups, seen["charts"]["scale-ups"]["rows"], "each scale-up has its bar")
        self.assertEqual([], self.browser.problems)
        self.assertEqual({page.as_uri(), "data:,"}, set(self.browser.requests) | {"data:,"})
        self.browser.requests.clear()

    def check_charts(self, seen, expected):
        self.assertLessEqual(expected, set(seen))
        self.assertFalse((COURSES | SUMS | OTHERS) - expected & set(seen))
        for name, chart in seen.items():
            self.assertGreater(chart["marks"], 0, f"{name} is empty")
            self.assertEqual(0, chart["outside"], f"{name} leaves its frame")
            self.assertEqual(0, chart["overlapping"], f"{name} has words on words")
            self.assertTrue(chart["named"], f"{name} has no title and description")
            self.assertGreater(chart["rows"], 0, f"{name} has no table beside it")

    def check_the_course_is_whole(self, report):
        """Its stretches add up to the report's sums."""
        course = report["timeline"]
        self.assertGreaterEqual(len(course), 4)
        self.assertAlmostEqual(report["window"]["seconds"], sum(point["seconds"] for point in course), places=6)
        for activity, cell in report["cpu"]["by_activity"].items():
            booked = sum(point["cpu_seconds"].get(activity, 0) for point in course)
            self.assertAlmostEqual(cell["seconds"], booked, places=5, msg=activity)
        for state, amount in report["memory"]["byte_seconds"].items():
            held = sum(point["memory_byte_seconds"][state] for point in course)
            self.assertAlmostEqual(amount, held, delta=1 + 1e-6 * amount, msg=state)
        self.assertEqual(report["requests"]["completed"], sum(point["requests"] for point in course))
        self.assertEqual(report["instances"]["started"], sum(point["started"] for point in course))
        cold = sum(bucket["count"] for bucket in report["instances"]["cold_start_buckets"])
        self.assertEqual(report["instances"]["started"], cold, "every instance of the lab became ready")


if __name__ == "__main__":
    case.main()
