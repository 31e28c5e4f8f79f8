# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus that scrapes targets on this machine every second."""
import json
import urllib.parse
from contextlib import contextmanager

from harness import agent, http_client, paths, processes

CONFIG = """global:
  scrape_interval: 1s
scrape_configs:
  - job_name: faastax
    honor_labels: true
    static_configs:
      - targets: ["127.0.0.1:{target}"]
"""


class Prometheus:
    """Its HTTP API."""

    def __init__(self, port):
        self.port = port
        self._base = f"http://127.0.0.1:{port}"

    def _api(self, path, **parameters):
        query = urllib.parse.urlencode(parameters)
        return json.loads(http_client.get(f"{self._base}/api/v1/{path}?{query}"))["data"]

    def is_ready(self):
        """True once it answers queries."""
        try:
            http_client.get(f"{self._base}/-/ready")
        except OSError:
            return False
        return True

    def query(self, expression):
        """[(labels, value)] at this moment."""
        rows = self._api("query", query=expression)["result"]
        return [(row["metric"], float(row["value"][1])) for row in rows]

    def history(self, selector, seconds):
        """[(labels, [value…])]: every sample of the last seconds, as it was scraped."""
        rows = self._api("query", query=f"{selector}[{seconds}s]")["result"]
        return [(row["metric"], [float(value) for _, value in row["values"]]) for row in rows]

    def over(self, expression, start, end, step=1):
        """[(labels, [value…])] at each step of a time (seconds since 1970)."""
        rows = self._api("query_range", query=expression, start=start, end=end, step=step)["result"]
        return [(row["metric"], [float(value) for _, value in row["values"]]) for row in rows]

    def target_health(self):
        """[(health, last error)] of the targets."""
        return [(row["health"], row["lastError"]) for row in self._api("targets")["activeTargets"]]

    def all_targets_up(self):
        """True once each has been scraped."""
        health = self.target_health()
        return bool(health) and all(one == ("up", "") for one in health)


def scraping(folder, target_port):
    """A Prometheus that has scraped the target at least once."""
    return running(folder, CONFIG.format(target=target_port))


@contextmanager
def running(folder, config):
    """A Prometheus with this configuration that has scraped each target at least once."""
    folder = folder / "prometheus"
    folder.mkdir()
    (folder / "prometheus.yml").write_text(config, encoding="utf-8")
    port = agent.free_port()
    command = [paths.tool("prometheus"), f"--config.file={folder}/prometheus.yml",
               f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}",
               "--log.level=warn"]
    with open(folder / "log", "wb") as log, processes.child(command, stdout=log, stderr=log):
        server = Prometheus(port)
        processes.wait_until(server.is_ready, "Prometheus answers", seconds=30)
        processes.wait_until(server.all_targets_up, "a first scrape", seconds=30)
        yield server
