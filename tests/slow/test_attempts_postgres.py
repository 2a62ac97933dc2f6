"""What is kept of earlier attempts, with the database in PostgreSQL: the same tests once more."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.slow.postgres import Postgres, postgres_or_skip
from tests.unit.server.fakes import FakeClock, FakeExecutor, World
from tests.unit.server.test_attempts import (
    test_attempts_ended_by_their_caller_are_kept,
    test_each_attempt_says_where_it_ran_when_and_how_it_ended,
    test_failure_is_kept_when_its_job_is_started_again,
    test_number_and_words_of_what_is_kept_are_bounded,
    test_success_keeps_nothing,
    test_what_is_kept_goes_with_its_job,
    test_what_never_began_is_no_attempt,
)

#: What pytest finds here: the tests above.
__all__ = [
    "test_attempts_ended_by_their_caller_are_kept",
    "test_each_attempt_says_where_it_ran_when_and_how_it_ended",
    "test_failure_is_kept_when_its_job_is_started_again",
    "test_number_and_words_of_what_is_kept_are_bounded",
    "test_success_keeps_nothing",
    "test_what_is_kept_goes_with_its_job",
    "test_what_never_began_is_no_attempt",
]

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Postgres]:
    with postgres_or_skip() as running:
        yield running


@pytest.fixture
def world(cluster: Postgres) -> Iterator[World]:
    url = cluster.database(f"attempts{next(_numbers)}")
    made = World(url, FakeClock(), FakeExecutor(slots=4))
    yield made
    made.close()
