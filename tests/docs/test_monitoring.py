"""The dashboard and the alert rules ask for figures that the service has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric

from batchcompute.server.commands.parsers import command_options
from batchcompute.server.executors.interface import Capabilities
from batchcompute.server.metrics.collector import StateCollector
from batchcompute.server.metrics.instruments import Instruments
from batchcompute.server.store.database import Database
from docs.references import figures

_DOCS = Path(__file__).parents[2] / "docs"
_SUFFIXES = {
    "counter": ("_total",),
    "histogram": ("_bucket", "_count", "_sum"),
    "gauge": ("",),
    "info": ("_info",),
}


def _alerts() -> Iterator[tuple[str, str]]:
    document = yaml.safe_load((_DOCS / "monitoring" / "alerts.yaml").read_text(encoding="utf-8"))
    for group in document["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]


def _panels() -> Iterator[tuple[str, str]]:
    document: dict[str, Any] = json.loads((_DOCS / "monitoring" / "grafana.json").read_bytes())
    for panel in document["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"].replace("$__rate_interval", "5m")


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The samples that a service has."""
    folder = tmp_path_factory.mktemp("metrics")
    database = Database(f"sqlite:///{folder / 'service.db'}", now=0)
    registry = CollectorRegistry()
    Instruments(registry)
    registry.register(StateCollector(database, folder, Capabilities("embedded", 1, True)))
    found: list[Metric] = list(registry.collect())
    database.close()
    return {metric.name + suffix for metric in found for suffix in _SUFFIXES[metric.type]}


@pytest.mark.parametrize(("title", "expression"), [*_alerts(), *_panels()])
def test_expression_is_valid_and_asks_for_what_there_is(
    title: str, expression: str, names: set[str]
) -> None:
    promql_parser.parse(expression)
    asked = set(re.findall(r"batchcompute_\w+", expression))
    assert asked <= names, title
    assert asked or "up{" in expression, title


def test_reference_has_every_figure_with_labels_and_words(names: set[str]) -> None:
    listed = {name: (labels, words) for name, _, labels, words in figures()}
    assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in names} == set(listed)
    assert listed["batchcompute_attempts_total"][0] == ("result", "cause")
    assert listed["batchcompute_instances"][0] == ("state",)
    assert all(words.endswith(".") for _, words in listed.values())


def test_reference_has_every_command() -> None:
    listed = {name: [word for word, _ in options] for name, _, options in command_options()}
    assert {"backup", "restore", "env", "config check", "config show"} <= set(listed)
    assert "FOLDER" in listed["backup"]
    assert "serve" not in listed
