"""Grants of buckets, with the database in PostgreSQL: the same tests once more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator.sharing.test_objects import (
    shared,
    test_a_job_reaches_the_objects_of_its_account_alone,
    test_a_job_writes_nothing_into_what_another_account_has,
    test_grant_counts_for_no_other_bucket_of_that_name,
    test_granted_buckets_are_read_or_written_and_stay_the_owners,
    test_key_of_a_program_is_its_accounts,
)
from tests.slow.postgres import postgres_or_skip

#: What pytest finds here: the fixture and the tests above.
__all__ = [
    "shared",
    "test_a_job_reaches_the_objects_of_its_account_alone",
    "test_a_job_writes_nothing_into_what_another_account_has",
    "test_grant_counts_for_no_other_bucket_of_that_name",
    "test_granted_buckets_are_read_or_written_and_stay_the_owners",
    "test_key_of_a_program_is_its_accounts",
]


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """URL of the server's database."""
    with postgres_or_skip() as running:
        yield running.database("sharing")
