# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, spoken to over the pipe of its DevTools protocol."""
import json
import os
import subprocess
import time
from contextlib import contextmanager

from harness import paths, processes

# Asked of the page itself: what is drawn, and whether it is wider than the screen.
LOOK = """(() => ({
  width: innerWidth, content: document.documentElement.scrollWidth,
  dark: matchMedia('(prefers-color-scheme: dark)').matches,
  background: getComputedStyle(document.body).backgroundColor,
  smallest: Math.min(...[...document.querySelectorAll('svg text')].map(
    t => t.getBoundingClientRect().height), 1000),
  absent: [...document.querySelectorAll('section.absent h2')].map(h => h.textContent),
  charts: Object.fromEntries([...document.querySelectorAll('section.chart')].map(s => [s.id, {
    marks: [...s.querySelectorAll('.mark')].filter(
      m => m.getBoundingClientRect().width * m.getBoundingClientRect().height > 0).length,
    outside: [...s.querySelectorAll('svg *')].filter(e => e.getBoundingClientRect().width > 0 && (
      e.getBoundingClientRect().right > s.querySelector('svg').getBoundingClientRect().right + 1 ||
      e.getBoundingClientRect().left < s.querySelector('svg').getBoundingClientRect().left - 1)).length,
    overlapping: (t => t.filter((a, i) => t.some((b, j) => j > i && a.left < b.right && b.left < a.right &&
      a.top < b.bottom && b.top < a.bottom)).length)(
      [...s.querySelectorAll('svg text')].map(e => e.getBoundingClientRect())),
    named: !!s.querySelector('svg[role=img] > title') && !!s.querySelector('svg > desc'),
    rows: s.querySelectorAll('table tbody tr').length}]))
}))()"""


class Browser:
    """One tab. What went wrong in it and what it asked the network for is kept."""

    def __init__(self, to_browser, from_browser):
        self._to, self._from = to_browser, from_browser
        self._number, self._rest = 0, b""
        self._events = []
        self.problems, self.requests = [], []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = None
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")

    _session = None

    def _read(self, deadline):
        while b"\0" not in self._rest:
            if time.monotonic() > deadline:
                raise AssertionError("the browser does not answer")
            piece = os.read(self._from, 1 << 20)
            if not piece:
                raise AssertionError("the browser ended")
            self._rest += piece
        text, self._rest = self._rest.split(b"\0", 1)
        message = json.loads(text)
        self._note(message)
        return message

    def _note(self, message):
        method, about = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.problems.append(about["exceptionDetails"]["text"])
        elif method == "Runtime.consoleAPICalled" and about["type"] in ("error", "warning", "assert"):
            self.problems.append(str(about["args"]))
        elif method == "Log.entryAdded":
            self.problems.append(about["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"])
        elif method:
            self._events.append(method)

    def _call(self, method, **parameters):
        self._number += 1
        call = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            call["sessionId"] = self._session
        os.write(self._to, json.dumps(call).encode() + b"\0")
        deadline = time.monotonic() + 30
        while True:
            answer = self._read(deadline)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]

    def open(self, path, width, height, dark=False):
        """Shows a file and returns what LOOK says of it."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[scheme])
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                   mobile=width < 600)
        self._events.clear()
        self._call("Page.navigate", url=path.as_uri())
        deadline = time.monotonic() + 30
        while "Page.loadEventFired" not in self._events:
            self._read(deadline)
        answer = self._call("Runtime.evaluate", expression=LOOK, returnByValue=True)
        return answer["result"]["value"]


@contextmanager
def running(folder):
    """A browser with a profile of its own in `folder`."""
    program = paths.tool("chromium")
    to_child, to_browser = os.pipe()
    from_browser, from_child = os.pipe()

    def hand_over():
        # By way of numbers that neither of the two can have.
        os.dup2(to_child, 100)
        os.dup2(from_child, 101)
        os.dup2(100, 3)
        os.dup2(101, 4)

    command = [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage",
               "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe",
               f"--user-data-dir={folder}/chromium"]
    with open(folder / "chromium.log", "wb") as log:
        process = subprocess.Popen(command, preexec_fn=hand_over, pass_fds=(3, 4), stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=log, env={**os.environ, "HOME": str(folder)})
        os.close(to_child)
        os.close(from_child)
        try:
            yield Browser(to_browser, from_browser)
        finally:
            os.close(to_browser)
            os.close(from_browser)
            processes.stop(process)
