# SPDX-License-Identifier: Apache-2.0
"""PromQL that several boards share. The formulas of the ratios are those of the report."""
from model import variable

NODES = 'cluster=~"$cluster",job=~"$job",node=~"$node"'
COLLECTORS = 'cluster=~"$cluster"'  # their job is another one than the agents'
FUNCTIONS = NODES + ',namespace=~"$namespace",function=~"$function",track=~"$track"'

CHURN = 'activity=~"create|init|teardown"'
PLATFORM = 'activity=~"create|teardown|manage|route"'
INSIDE = 'activity=~"init|handle|idle"'


def rate(metric, matchers=NODES, by=""):
    """Growth a second, summed."""
    return f"sum{_by(by)} (rate({metric}{{{matchers}}}[$__rate_interval]))"


def grown(metric, matchers=NODES, by=""):
    """Growth over the time that the board shows, summed."""
    return f"sum{_by(by)} (increase({metric}{{{matchers}}}[$__range]))"


def now(metric, matchers=NODES, by=""):
    """A gauge, summed."""
    return f"sum{_by(by)} ({metric}{{{matchers}}})"


def over(above, below, each=False):
    """A ratio that is absent where its denominator is 0; `each` of several over one without labels."""
    return f"{above}\n/{' on () group_left ()' if each else ''}\n({below} > 0)"


def quantile(share, metric, matchers=NODES, by=""):
    """Of a histogram."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({metric}_bucket{{{matchers}}}[$__rate_interval])))"


def overhead_ratio(by="", matchers=NODES):
    """(create + teardown + manage + route) / (init + handle + idle)."""
    metric = "faastax_cpu_seconds_total"
    return over(rate(metric, f"{matchers},{PLATFORM}", by), rate(metric, f"{matchers},{INSIDE}", by))


def churn_ratio(metric="faastax_cpu_seconds_total", by="", matchers=NODES):
    """(create + init + teardown) / handle."""
    return over(rate(metric, f"{matchers},{CHURN}", by), rate(metric, f'{matchers},activity="handle"', by))


def memory_ratio(metric="faastax_memory_byte_seconds_total", by="", matchers=NODES):
    """Byte-seconds of all instances / those of busy ones."""
    return over(rate(metric, f'{matchers},state=~"starting|idle|busy|stopping"', by),
                rate(metric, f'{matchers},state="busy"', by))


def _by(labels):
    return f" by ({labels})" if labels else ""


def node_variables():
    """Which agents are looked at."""
    seen = "faastax_agent_info"
    return [variable("cluster", "Cluster", f"label_values({seen}, cluster)", "Label of the scrape"),
            variable("job", "Job", f'label_values({seen}{{cluster=~"$cluster"}}, job)',
                     "Prometheus job that scrapes the agents"),
            variable("node", "Node", f'label_values({seen}{{cluster=~"$cluster",job=~"$job"}}, node)',
                     "Label of the scrape")]


def function_variables():
    """Which functions of these agents."""
    series = "faastax_instance_starts_total"
    namespace = f'{NODES},namespace=~"$namespace"'
    return [variable("namespace", "Namespace", f"label_values({series}{{{NODES}}}, namespace)", "Of the function"),
            variable("function", "Function", f"label_values({series}{{{namespace}}}, function)", "Its name"),
            variable("track", "Track", f"label_values({series}{{{namespace}}}, track)",
                     "regular: kept alive for further requests; emergency: made for one request")]
