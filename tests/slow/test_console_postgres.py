"""The console of a service whose database is in PostgreSQL: the same tests once more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from batchcompute.server import LocalServer
from tests.console.conftest import browser, wire
from tests.console.screens import needs_browser
from tests.console.test_browser import (
    chromium,
    page,
    seen_by_programs,
    test_100_000_squares_are_drawn_in_the_colours_of_their_states,
    test_job_of_the_command_is_watched_understood_and_restarted,
    test_person_finds_out_why_and_restarts,
)
from tests.console.test_pages import (
    pipeline,
    test_actions_go_through_the_rules,
    test_app_is_run_from_its_form,
    test_clusters_are_shown_and_scaled,
    test_instance_shows_all_its_attempts,
    test_instance_shows_its_log_as_text,
    test_job_is_drawn_and_explained,
    test_jobs_are_listed_and_filtered,
    test_service_shows_its_pools,
    test_task_shows_all_instances,
)
from tests.console.test_queries import (
    test_pages_ask_as_often_of_500_jobs_as_of_3,
    test_pages_ask_as_often_of_5000_instances_as_of_3,
)
from tests.slow.postgres import postgres_or_skip

#: What pytest finds here: the fixtures and tests above.
__all__ = [
    "browser",
    "chromium",
    "page",
    "pipeline",
    "seen_by_programs",
    "test_100_000_squares_are_drawn_in_the_colours_of_their_states",
    "test_actions_go_through_the_rules",
    "test_app_is_run_from_its_form",
    "test_clusters_are_shown_and_scaled",
    "test_instance_shows_all_its_attempts",
    "test_instance_shows_its_log_as_text",
    "test_job_is_drawn_and_explained",
    "test_job_of_the_command_is_watched_understood_and_restarted",
    "test_jobs_are_listed_and_filtered",
    "test_pages_ask_as_often_of_500_jobs_as_of_3",
    "test_pages_ask_as_often_of_5000_instances_as_of_3",
    "test_person_finds_out_why_and_restarts",
    "test_service_shows_its_pools",
    "test_task_shows_all_instances",
    "wire",
]

pytestmark = needs_browser


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgres_or_skip() as running:
        yield running.database("console").replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture(scope="module")
def server(database: str) -> Iterator[LocalServer]:
    url = database.replace("+psycopg", "")
    with LocalServer(boot_seconds=0, slots=4, database=url, console_port=0) as running:
        yield running
