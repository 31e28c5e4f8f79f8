#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Requests are counted exactly: as the client or the server counts them itself."""
from harness import case, paths, request_cases, request_loads


class Requests(case.SystemTest):
    def check(self, outcomes):
        """Says what each case gave, and fails for all that are wrong at once."""
        for one in outcomes:
            case.say(f"{one.name}: {'right' if one.right else 'WRONG'} {one.seen}")
        wrong = [f"{one.name}: expected {one.expected}, seen {one.seen} {' '.join(one.problems)}"
                 for one in outcomes if not one.right]
        if wrong:
            self.fail("\n".join([f"{len(wrong)} of {len(outcomes)} cases", *wrong]))

    def test_hard_cases(self):
        self.check(request_cases.run(self.dir))

    def test_loads(self):
        self.check(request_loads.run(self.dir, full=paths.full()))


if __name__ == "__main__":
    case.main()
