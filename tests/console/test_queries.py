"""How often pages ask the database: a few times, however much there is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from tests.console.conftest import Browser
from tests.console.crowd import copy_job, fill_task
from tests.emulator.wire import Wire, task

#: Statements of one page at the most. What costs more is kept for all tabs.
_MOST = 20


@contextmanager
def _counting() -> Iterator[list[str]]:
    """Collect what the threads that make pages ask the database."""
    asked: list[str] = []

    def seen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if threading.current_thread().name.startswith("AnyIO"):
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", seen)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", seen)


def _ask_all(browser: Browser, paths: list[str]) -> dict[str, int]:
    """Return how often each page asks the database when what all tabs share is there."""
    counts = {}
    for path in paths:
        browser.page(path)
        with _counting() as asked:
            browser.page(path)
        counts[path] = len(asked)
    return counts


def test_pages_ask_as_often_of_500_jobs_as_of_3(
    browser: Browser, wire: Wire, database: str
) -> None:
    cluster = wire.cluster(0)
    described = {name: task("true", cluster, count=200) for name in ("one", "two", "three")}
    jobs = [wire.job(described, {"one": ["two", "three"]}, Name=f"job-{n}") for n in range(3)]
    for job in jobs:
        wire.send("POST", f"/jobs/{job}/stop")
        wire.ended(job)
    paths = [
        "/jobs",
        "/jobs?state=Stopped",
        "/jobs?q=job",
        f"/jobs?cluster={cluster}",
        *(f"/jobs/{jobs[0]}?view={view}" for view in ("graph", "tasks", "timeline", "description")),
        f"/jobs/{jobs[0]}/tasks/one",
        f"/jobs/{jobs[0]}/tasks/one?state=Stopped",
        f"/jobs/{jobs[0]}/tasks/one/cells",
        f"/jobs/{jobs[0]}/tasks/one/instances/7",
        "/clusters",
        f"/clusters/{cluster}",
        "/images",
        "/apps",
        "/service",
    ]
    few = _ask_all(browser, paths)
    copy_job(database, jobs[0], 497)
    assert browser.page("/jobs").count('name="id"') == 50
    for _ in range(5):
        wire.cluster(1)
    many = _ask_all(browser, paths)
    assert {path: number for path, number in many.items() if number > few[path]} == {}
    assert {path: number for path, number in few.items() if number > _MOST} == {}


def test_pages_ask_as_often_of_5000_instances_as_of_3(
    browser: Browser, wire: Wire, database: str
) -> None:
    cluster = wire.cluster(0)
    asked = []
    for count in (3, 5000):
        job = wire.job({"one": task("true", cluster, count=count)})
        wire.send("POST", f"/jobs/{job}/stop")
        wire.ended(job)
        ended = ["Finished", "Failed", "Stopped"] + ["Failed"] * (count - 3)
        fill_task(database, job, ended)
        paths = [f"/jobs/{job}?view={view}" for view in ("graph", "tasks", "timeline")]
        of_task = f"/jobs/{job}/tasks/one"
        paths += [of_task, f"{of_task}?state=Failed", f"{of_task}/cells", f"{of_task}/instances/1"]
        asked.append(list(_ask_all(browser, paths).values()))
    assert asked[0] == asked[1]
    assert max(asked[1]) <= _MOST
