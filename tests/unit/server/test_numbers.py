"""Numbers of jobs and all else: none is given twice, whatever becomes of a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from batchcompute.server.store.database import Database
from batchcompute.server.store.numbers import NAMES, forget_numbers, next_numbers


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/numbers.db", now=1)
    yield made
    made.close()


def take(database: Database, name: str, count: int = 1) -> list[int]:
    with database.write() as connection:
        return list(next_numbers(connection, name, count))


def test_numbers_ascend_and_their_names_have_nothing_to_do_with_each_other(
    database: Database,
) -> None:
    for name in NAMES:
        assert [take(database, name) for _ in range(250)] == [[n] for n in range(1, 251)]


def test_several_are_taken_at_once(database: Database) -> None:
    first = take(database, "machine", 60)
    second = take(database, "machine", 60)
    third = take(database, "machine", 1000)
    for taken in (first, second, third):
        assert taken == list(range(taken[0], taken[0] + len(taken)))
    assert first[-1] < second[0] < second[-1] < third[0]


def test_numbers_are_not_given_again_after_a_failure_or_a_restart(
    database: Database, tmp_path: Path
) -> None:
    given = take(database, "job")
    with pytest.raises(ZeroDivisionError):
        _take_and_fail(database)
    assert take(database, "cluster") == [1]
    assert take(database, "job") > given
    given = take(database, "job")
    database.close()
    again = Database(f"sqlite:///{tmp_path}/numbers.db", now=2)
    assert take(again, "job") > given
    again.close()


def test_numbers_that_a_part_of_a_transaction_took_are_free_when_it_is_undone(
    database: Database,
) -> None:
    with database.write() as connection:
        part = connection.begin_nested()
        next_numbers(connection, "job")
        part.rollback()
        forget_numbers(connection)
        assert list(next_numbers(connection, "job")) == [1]
    assert take(database, "job") == [2]


def _take_and_fail(database: Database) -> None:
    with database.write() as connection:
        next_numbers(connection, "cluster")
        raise ZeroDivisionError
