"""Databases of older versions: upgraded as a whole, or left as they are."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.operations import Operations

from batchcompute.server.model.errors import StartError
from batchcompute.server.store import migrations
from batchcompute.server.store.database import SCHEMA_VERSION, Database
from batchcompute.server.store.migrations.step import Step
from tests.databases import restore

_NOW = 1_800_000_000_000_000
_VERSIONS = sorted(migrations.STEPS)


def _open(path: Path) -> None:
    Database(f"sqlite:///{path}", now=_NOW).close()


def _query(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def _structure(path: Path) -> dict[str, set[str]]:
    """Return the columns of each table and the text of each index, whatever their order."""
    found: dict[str, set[str]] = {}
    for kind, name, sql in _query(path, "SELECT type, name, sql FROM sqlite_master"):
        text = " ".join(str(sql).replace('"', "").split())
        if kind == "index" and sql is not None:
            found[str(name)] = {text}
        elif kind == "table":
            columns = _query(
                path, f"SELECT name, type, \"notnull\", pk FROM pragma_table_info('{name}')"
            )
            found[str(name)] = {str(column) for column in columns}
            found[str(name)].add("WITHOUT ROWID" if "WITHOUT ROWID" in text else "")
            found[str(name)].update(re.findall(r"UNIQUE \(\w+\)", text))
    return found


def _rows(path: Path, tables: Iterable[str]) -> dict[str, list[tuple[object, ...]]]:
    return {table: sorted(_query(path, f"SELECT * FROM {table}"), key=repr) for table in tables}


@pytest.mark.parametrize("version", _VERSIONS)
def test_upgraded_tables_are_those_of_a_new_database(version: str, tmp_path: Path) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    restore(version, old)
    _open(old)
    _open(new)
    assert _structure(old) == _structure(new)
    assert _query(old, "SELECT value FROM meta WHERE name = 'schema'") == [(SCHEMA_VERSION,)]


def test_every_version_that_can_be_upgraded_leads_to_this_one() -> None:
    assert all(migrations.can_upgrade(version, SCHEMA_VERSION) for version in _VERSIONS)
    assert not migrations.can_upgrade("1", SCHEMA_VERSION)


def test_data_are_carried_over_from_tables_3(tmp_path: Path) -> None:
    path = tmp_path / "service.db"
    restore("3", path)
    descriptions = _query(path, "SELECT seq, description FROM jobs ORDER BY seq")
    instances = _rows(path, ["instances"])
    _open(path)
    assert _query(path, "SELECT * FROM job_descriptions ORDER BY job_seq") == descriptions
    # Nobody knows where they ran.
    carried = [(*row, None) for row in instances["instances"]]
    assert sorted(_rows(path, ["instances"])["instances"], key=repr) == sorted(carried, key=repr)
    assert _query(path, "SELECT unfinished FROM jobs ORDER BY seq") == [
        (0,),
        (2,),
        (1,),
        (0,),
        (2,),
        (1,),
    ]
    queued = _query(path, "SELECT job_seq, pos FROM tasks WHERE queued ORDER BY 1, 2")
    assert queued == [(5, 0), (6, 0)]
    assert len(_query(path, "SELECT * FROM task_plans")) == 10


def test_copy_of_what_was_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "service.db"
    restore("3", path)
    before = _rows(path, ["jobs", "tasks", "machines", "meta"])
    _open(path)
    copy = tmp_path / "service.db-tables-3"
    assert _rows(copy, before) == before


def test_instances_under_way_stand_in_the_way(tmp_path: Path) -> None:
    path = tmp_path / "service.db"
    restore("3", path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE machines SET attempt_id = 'job-1.t.0.1' WHERE seq = 1")
    before = _rows(path, ["machines", "meta"])
    with pytest.raises(StartError, match=r"1 instances were under way.*--stop-instances"):
        _open(path)
    assert _rows(path, before) == before


def test_upgrade_that_breaks_off_has_changed_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "service.db"
    restore("3", path)
    before = _structure(path)
    rows = _rows(path, ["jobs", "tasks", "machines", "meta"])
    step = migrations.STEPS["3"]

    def break_off(operations: Operations) -> None:
        step.upgrade(operations)
        raise KeyboardInterrupt

    broken = {**migrations.STEPS, "3": Step(step.to, step.check, break_off)}
    monkeypatch.setattr(migrations, "STEPS", broken)
    with pytest.raises(KeyboardInterrupt):
        _open(path)
    assert _structure(path) == before
    assert _rows(path, rows) == rows
    monkeypatch.undo()
    _open(path)
    assert _query(path, "SELECT count(*) FROM task_plans") == [(10,)]


def test_place_without_space_for_the_copy_is_named(tmp_path: Path) -> None:
    path = tmp_path / "service.db"
    restore("3", path)
    (tmp_path / "service.db-tables-3").mkdir()
    with pytest.raises(StartError, match=r"cannot be copied to .*service\.db-tables-3: "):
        _open(path)
    assert _query(path, "SELECT value FROM meta WHERE name = 'schema'") == [("3",)]
