"""The command line with a service whose database is in PostgreSQL: the same tests once more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from batchcompute.server import LocalServer
from tests.cli.conftest import broken_job, client, environ, failed_job, run, submitted
from tests.cli.test_explain import (
    test_earlier_attempts_are_shown_with_their_reasons,
    test_failed_job_task_and_instances_are_explained,
    test_waiting_job_and_cluster_are_explained,
)
from tests.cli.test_following import (
    test_all_instances_are_followed_and_labelled,
    test_follower_of_many_looks_at_those_that_run,
    test_retried_instance_is_followed_from_attempt_to_attempt,
)
from tests.cli.test_listing import (
    test_exit_code_says_what_happened,
    test_job_is_stopped_waited_for_started_and_deleted,
    test_job_task_and_instance_are_shown,
    test_jobs_are_listed_in_all_forms,
    test_many_are_changed_at_once_but_not_without_being_asked,
    test_newest_job_is_the_first_and_the_last,
    test_states_and_instances_select,
)
from tests.cli.test_places import test_cluster_is_created_scaled_used_and_deleted
from tests.cli.test_submit import test_submit_and_wait_needs_nothing_else
from tests.cli.test_terminal import large_job, test_watch_of_2000_tasks_fits_one_screen
from tests.slow.postgres import postgres_or_skip

#: What pytest finds here: the fixtures and tests above.
__all__ = [
    "broken_job",
    "client",
    "environ",
    "failed_job",
    "large_job",
    "run",
    "submitted",
    "test_all_instances_are_followed_and_labelled",
    "test_cluster_is_created_scaled_used_and_deleted",
    "test_earlier_attempts_are_shown_with_their_reasons",
    "test_exit_code_says_what_happened",
    "test_failed_job_task_and_instances_are_explained",
    "test_follower_of_many_looks_at_those_that_run",
    "test_job_is_stopped_waited_for_started_and_deleted",
    "test_job_task_and_instance_are_shown",
    "test_jobs_are_listed_in_all_forms",
    "test_many_are_changed_at_once_but_not_without_being_asked",
    "test_newest_job_is_the_first_and_the_last",
    "test_retried_instance_is_followed_from_attempt_to_attempt",
    "test_states_and_instances_select",
    "test_submit_and_wait_needs_nothing_else",
    "test_waiting_job_and_cluster_are_explained",
    "test_watch_of_2000_tasks_fits_one_screen",
]


@pytest.fixture(scope="module")
def service() -> Iterator[LocalServer]:
    with (
        postgres_or_skip() as database,
        LocalServer(boot_seconds=0, slots=4, database=database.database("cli")) as server,
    ):
        yield server
