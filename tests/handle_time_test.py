#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Handle and idle time are what the function itself says, by its own CPU clock."""

from harness import case, handle_time


class HandleTime(case.SystemTest):
    def check(self, **load):
        measured = handle_time.measure(self.dir, **load)
        for activity, (own, booked) in measured.items():
            case.say(f"{activity}: own {own:.4f} s, booked {booked:.4f} s ({booked / own - 1:+.2%})")
        for activity, (own, booked) in measured.items():
            self.assertAlmostEqual(own, booked, delta=handle_time.TOLERANCE * own, msg=activity)

    def test_one_after_another(self):
        self.check(requests=300, handle_us=4000, idle_us=2000, period_ms=5, think=0.012)

    def test_short_requests(self):
        self.check(requests=1500, handle_us=400, idle_us=300, period_ms=1, think=0.002)


if __name__ == "__main__":
    case.main()
