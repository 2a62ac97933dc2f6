"""The pages of reference that follow from code and contract, written when the site is made."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric

from batchcompute.server.commands.parsers import command_options, serve_options
from batchcompute.server.executors.interface import Capabilities
from batchcompute.server.metrics.collector import StateCollector
from batchcompute.server.metrics.instruments import Instruments
from batchcompute.server.store.database import Database

#: Modules of the reference of the Python package, with what they are for.
_MODULES = {
    "batchcompute": "The client",
    "batchcompute.resources": "Resource classes",
    "batchcompute.types": "Typed dicts and literals",
    "batchcompute.exceptions": "Exceptions",
    "batchcompute.retry": "Retries",
    "batchcompute.logs": "Logs",
    "batchcompute.storage": "Files and objects",
    "batchcompute.server": "The embedded service",
}


def write_references(root: Path, folder: Path) -> None:
    """Write the pages.

    Args:
        root: The checkout.
        folder: Where they go; it is made if it is not there.
    """
    folder.mkdir(exist_ok=True)
    contract = yaml.safe_load((root / "spec" / "openapi.yaml").read_text(encoding="utf-8"))
    pages = {
        "operations": _operations(contract),
        "errors": _errors(contract),
        "configuration": _configuration(),
        "commands": _commands(),
        "metrics": _metrics(),
        "python": _python(),
    }
    for name, lines in pages.items():
        text = "\n".join(lines) + "\n"
        path = folder / f"{name}.md"
        # Unchanged pages keep their time, so that they are not made again.
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _operations(contract: dict[str, Any]) -> Iterator[str]:
    yield "# The HTTP API"
    yield ""
    yield "Every operation of `spec/openapi.yaml`; `serve` shows requests and responses at `/docs`."
    yield "Each is a method of `Client` and `AsyncClient` with its name."
    groups: dict[str, list[str]] = {}
    for path, methods in contract["paths"].items():
        for verb, operation in methods.items():
            if not isinstance(operation, dict) or "operationId" not in operation:
                continue
            cells = f"`{verb.upper()} {path}`", f"`{operation['operationId']}`"
            row = f"| {' | '.join(cells)} | {_cell(operation['summary'])} |"
            groups.setdefault(operation["tags"][0], []).append(row)
    for tag, rows in groups.items():
        yield from (
            "",
            f"## {tag}",
            "",
            "| request | method | what it does |",
            "|---|---|---|",
            *rows,
        )


def _errors(contract: dict[str, Any]) -> Iterator[str]:
    yield "# Error codes"
    yield ""
    yield "The `Code` of an error, and when the service answers with it. `retry` says what is known"
    yield "about the request: `final` (the same request would meet the error again), `rejected` (it"
    yield "was not carried out, and may be sent again) or `ambiguous` (perhaps it was carried out)."
    yield from ("", "| status | code | when | retry |", "|---|---|---|---|")
    for row in contract["x-error-codes"]:
        code = f"`{row['code']}`" if "code" in row else ""
        yield f"| {row['status']} | {code} | {_cell(row['when'])} | {row['retry']} |"


def _configuration() -> Iterator[str]:
    yield "# Options of the service"
    yield ""
    yield "What `serve` takes on its command line, and a file in its table `[service]`:"
    yield "see [the configuration file](../service.md#the-configuration-file)."
    yield from ("", "| option | what it does |", "|---|---|")
    for name, words in serve_options():
        yield f"| `{name}` | {_cell(words)} |"


def _commands() -> Iterator[str]:
    yield "# Commands of the service"
    yield ""
    yield "What `python -m batchcompute.server` takes. The options of `serve` have"
    yield "[a page of their own](configuration.md). All are also commands of"
    yield "[`batchcompute`](../cli.md), such as `batchcompute backup`."
    for command, purpose, options in command_options():
        yield from ("", f"## {command}", "", f"{_cell(purpose)[:1].upper()}{_cell(purpose)[1:]}.")
        if options:
            yield from ("", "| argument | what |", "|---|---|")
            for name, words in options:
                yield f"| `{name}` | {_cell(words)} |"


def _metrics() -> Iterator[str]:
    yield "# Metrics"
    yield ""
    yield "What `/metrics` of the service shows; [Watching the service](../monitoring.md) says how."
    yield from ("", "| name | kind | labels | what |", "|---|---|---|---|")
    for name, kind, labels, words in sorted(figures()):
        shown = ", ".join(f"`{label}`" for label in labels)
        yield f"| `{name}` | {kind} | {shown} | {_cell(words)} |"


def figures() -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    """Yield all metrics of the service: name, kind, labels and what its help says."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        database = Database(f"sqlite:///{folder / 'service.db'}", now=0)
        try:
            state = StateCollector(database, folder, Capabilities("embedded", 1, True))
            for metric in state.collect():
                labels = {label for sample in metric.samples for label in sample.labels}
                # A metric about pools has no sample here, as there are none.
                labels.update(getattr(metric, "_labelnames", ()))
                yield _figure(metric, tuple(sorted(labels)))
        finally:
            database.close()
    for counter in vars(Instruments(CollectorRegistry())).values():
        if isinstance(counter, MetricWrapperBase):
            (metric,) = counter.describe()
            yield _figure(metric, tuple(counter._labelnames))


def _figure(metric: Metric, labels: tuple[str, ...]) -> tuple[str, str, tuple[str, ...], str]:
    suffix = {"counter": "_total", "info": "_info"}.get(metric.type, "")
    return metric.name + suffix, metric.type, labels, metric.documentation


def _python() -> Iterator[str]:
    yield "# The Python package"
    for module, title in _MODULES.items():
        yield from ("", f"## {title}", "", "```{eval-rst}", f".. automodule:: {module}", "```")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
