# SPDX-License-Identifier: Apache-2.0
"""Grafana's dashboard model (schema v1, the classic JSON), as far as our boards use it.

A board is a list of rows, a row a title and panels; places on the grid of 24 columns follow from the panels'
widths. A query is a pair (PromQL, legend)."""

SCHEMA_VERSION = 38  # Grafana 10; later ones migrate it when they load it
COLUMNS = 24
SOURCE = {"type": "prometheus", "uid": "${datasource}"}


def panel(kind, title, description, unit, queries, width=12, height=8, options=None, custom=None, defaults=None):
    """One panel without its place. `unit` is one of Grafana's unit ids."""
    targets = [{"datasource": SOURCE, "editorMode": "code", "expr": expression, "legendFormat": legend,
                "refId": chr(ord("A") + i), "range": kind != "table", "instant": kind == "table",
                "format": "table" if kind == "table" else "heatmap" if kind == "heatmap" else "time_series"}
               for i, (expression, legend) in enumerate(queries)]
    fields = {"unit": unit, "custom": custom or {}, **(defaults or {})}
    return {"type": kind, "title": title, "description": description, "datasource": SOURCE,
            "gridPos": {"w": width, "h": height}, "targets": targets,
            "fieldConfig": {"defaults": fields, "overrides": []}, "options": options or {}}


def lines(title, description, unit, *queries, **more):
    """Curves over time; those that cannot be negative start at 0."""
    return panel("timeseries", title, description, unit, queries, **{
        "custom": {"drawStyle": "line", "lineWidth": 1, "fillOpacity": 8, "showPoints": "never"},
        "defaults": {"min": 0}, "options": _legend("multi"), **more})


def signed(title, description, unit, *queries, **more):
    """Curves that may be negative."""
    return lines(title, description, unit, *queries, defaults={}, **more)


def stacked(title, description, unit, *queries, **more):
    """Parts of a whole over time."""
    return lines(title, description, unit, *queries, **{
        "custom": {"drawStyle": "line", "lineWidth": 1, "fillOpacity": 60, "showPoints": "never",
                   "stacking": {"mode": "normal", "group": "A"}}, **more})


def number(title, description, unit, *queries, **more):
    """Last values as figures."""
    return panel("stat", title, description, unit, queries, **{
        "width": 4, "height": 4, "defaults": {"noValue": "–", "color": {"mode": "fixed", "fixedColor": "text"}},
        "options": {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
                    "graphMode": "area", "colorMode": "none", "textMode": "auto"}, **more})


def table(title, description, unit, *queries, hidden=(), **more):
    """A line for each label set; columns named in `hidden` are left out."""
    result = panel("table", title, description, unit, queries, **{
        "options": {"showHeader": True, "footer": {"show": False}}, **more})
    out = {name: True for name in ("Time", "__name__", *hidden)}
    result["transformations"] = [{"id": "merge", "options": {}},
                                 {"id": "organize", "options": {"excludeByName": out}}]
    return result


def heatmap(title, description, unit, query, **more):
    """A histogram's buckets over time."""
    return panel("heatmap", title, description, unit, [(query, "{{le}}")], **{
        "options": {"calculate": False, "yAxis": {"unit": unit}, "color": {"mode": "scheme", "scheme": "Oranges"},
                    "cellGap": 1, "tooltip": {"show": True, "yHistogram": False}, "legend": {"show": True}},
        **more})


def _legend(tooltip):
    return {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": tooltip, "sort": "desc"}}


def variable(name, label, values, description):
    """A choice of label values; All matches series that lack the label as well."""
    return {"type": "query", "name": name, "label": label, "description": description, "datasource": SOURCE,
            "query": {"query": values, "refId": f"variable-{name}"}, "definition": values, "refresh": 2, "sort": 1,
            "multi": True, "includeAll": True, "allValue": ".*", "hide": 0, "options": [], "regex": "",
            "current": {"selected": True, "text": ["All"], "value": ["$__all"]}}


def data_source():
    """Which Prometheus."""
    return {"type": "datasource", "name": "datasource", "label": "Data source", "query": "prometheus",
            "description": "A Prometheus that scrapes the agents", "hide": 0, "refresh": 1, "multi": False,
            "includeAll": False, "options": [], "regex": "", "current": {}}


def _placed(rows):
    """Panels with ids and places, a row's title above its own."""
    panels, top = [], 0
    for title, content in rows:
        panels.append({"type": "row", "title": title, "collapsed": False, "panels": [],
                       "gridPos": {"x": 0, "y": top, "w": COLUMNS, "h": 1}})
        top, left, height = top + 1, 0, 0
        for one in content:
            size = one["gridPos"]
            if left + size["w"] > COLUMNS:
                top, left, height = top + height, 0, 0
            panels.append({**one, "gridPos": {"x": left, "y": top, **size}})
            left, height = left + size["w"], max(height, size["h"])
        top += height
    return [{"id": number_ + 1, **one} for number_, one in enumerate(panels)]


def board(uid, title, description, variables, rows):
    """A whole dashboard. The links lead to the other boards and keep time and choices."""
    return {
        "uid": uid, "title": title, "description": description, "tags": ["faastax"], "editable": True,
        "schemaVersion": SCHEMA_VERSION, "version": 1, "graphTooltip": 1, "timezone": "", "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "links": [{"type": "dashboards", "title": "faastax", "tags": ["faastax"], "asDropdown": True,
                   "includeVars": True, "keepTime": True, "targetBlank": False, "icon": "external link",
                   "tooltip": "", "url": ""}],
        "annotations": {"list": []},
        "templating": {"list": [data_source(), *variables]},
        "panels": _placed(rows)}
