"""The files in monitoring/: that they can be read, and name figures and labels that there are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline_ops.monitoring.gauges import GAUGES

MONITORING = Path(__file__).parents[1] / "monitoring"
ALERTS: list[dict[str, Any]] = yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"][0]["rules"]
DASHBOARD: dict[str, Any] = json.loads((MONITORING / "grafana" / "dashboards" / "dubwright.json").read_text())
PROMETHEUS: dict[str, Any] = yaml.safe_load((MONITORING / "prometheus.yaml").read_text())

LABELS = {gauge.name: set(gauge.labels) for gauge in GAUGES}
WINDOWS = {"1d", "7d"}

NAME = re.compile(r"\bdubwright_\w+")
SELECTOR = re.compile(r"\b(dubwright_\w+)\{([^}]*)\}")
MATCHER = re.compile(r'(\w+)\s*=\s*"([^"]*)"')
LEGEND_LABEL = re.compile(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}")


def panels() -> Iterator[tuple[str, str, str]]:
    """Yield title, expression and legend of everything that is drawn."""
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"], target["legendFormat"]


EXPRESSIONS = [(rule["alert"], rule["expr"]) for rule in ALERTS] + [
    (title, expression) for title, expression, _ in panels()
]


@pytest.mark.parametrize(("name", "expression"), EXPRESSIONS)
def test_an_expression_names_figures_and_labels_that_there_are(name: str, expression: str) -> None:
    assert name == "FiguresMissing" or NAME.search(expression)
    assert set(NAME.findall(expression)) <= set(LABELS)
    for figure, matchers in SELECTOR.findall(expression):
        found = dict(MATCHER.findall(matchers))
        assert found and set(found) <= LABELS[figure]
        assert found.get("window", "1d") in WINDOWS


@pytest.mark.parametrize(("name", "expression"), EXPRESSIONS)
def test_an_expression_closes_what_it_opens(name: str, expression: str) -> None:
    open_brackets: list[str] = []
    for character in re.sub(r'"[^"]*"', "", expression):
        if character in "({[":
            open_brackets.append({"(": ")", "{": "}", "[": "]"}[character])
        elif character in ")}]":
            assert open_brackets.pop() == character
    assert open_brackets == []


@pytest.mark.parametrize(("title", "expression", "legend"), list(panels()))
def test_a_legend_names_labels_that_its_figures_have(title: str, expression: str, legend: str) -> None:
    labels = set().union(*(LABELS[figure] for figure in NAME.findall(expression)))
    grouped = re.search(r"\bby \(([^)]*)\)", expression)
    assert set(LEGEND_LABEL.findall(legend)) <= (set(grouped[1].split(", ")) if grouped else labels)


def test_every_figure_is_drawn() -> None:
    assert {name for _, expression, _ in panels() for name in NAME.findall(expression)} == set(LABELS)


def test_every_alert_says_what_is_the_matter_and_how_urgent_it_is() -> None:
    names = [rule["alert"] for rule in ALERTS]
    assert len(set(names)) == len(names)
    for rule in ALERTS:
        assert rule["annotations"]["summary"]
        assert rule["labels"]["severity"] in {"page", "ticket"}


def test_every_alert_is_explained() -> None:
    explained = (MONITORING.parent / "docs" / "monitoring.md").read_text()
    assert [rule["alert"] for rule in ALERTS if f"`{rule['alert']}`" not in explained] == []


def test_prometheus_reads_the_alerts_and_brings_the_token() -> None:
    assert PROMETHEUS["rule_files"] == ["/etc/prometheus/alerts.yaml"]
    [job] = PROMETHEUS["scrape_configs"]
    assert job["authorization"] == {"credentials_file": "/run/secrets/metrics_token"}
    assert job["static_configs"] == [{"targets": ["metrics:9464"]}]


def test_panels_ask_the_source_that_is_provisioned() -> None:
    provisioned = yaml.safe_load(
        (MONITORING / "grafana" / "provisioning" / "datasources" / "prometheus.yaml").read_text()
    )
    [source] = provisioned["datasources"]
    assert {panel["datasource"]["uid"] for panel in DASHBOARD["panels"]} == {source["uid"]}
