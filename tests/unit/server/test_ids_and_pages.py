from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchcompute.server.model.clock import from_seconds, to_wire
from batchcompute.server.model.errors import ApiError
from batchcompute.server.model.ids import Identifiers, request_id
from batchcompute.server.rules.paging import cut, read_instance_marker
from batchcompute.server.store import instance_queries, job_queries
from tests.unit.server.fakes import World, plan_of

IDS = Identifiers(epoch=0x564ECC3F, node=0xA25D)


def test_shapes() -> None:
    assert IDS.job(0x74) == "job-00000000564ECC3F0000A25D00000074"
    assert re.fullmatch(r"cls-[0-9a-z]{20}", IDS.cluster(1))
    assert re.fullmatch(r"i-[0-9a-z]{20}", IDS.machine(1))
    assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", request_id())


@given(st.integers(1, 2**31), st.integers(1, 2**31))
def test_order_of_ids_is_order_of_numbers(one: int, two: int) -> None:
    for make in (IDS.job, IDS.cluster, IDS.machine):
        assert (make(one) < make(two)) is (one < two)


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (None, ""),
        (0, "1970-01-01T00:00:00.000000Z"),
        (1_447_236_057_246_162, "2015-11-11T10:00:57.246162Z"),
        (1_447_236_057_000_001, "2015-11-11T10:00:57.000001Z"),
    ],
)
def test_times_have_six_digits(moment: int | None, shown: str) -> None:
    assert to_wire(moment) == shown


def test_seconds_become_whole_microseconds() -> None:
    assert from_seconds(1_447_236_057.246162) == 1_447_236_057_246_162


def test_page_ends_with_an_empty_marker() -> None:
    assert cut([1, 2], 2, str).next_marker == ""
    assert cut([1, 2, 3], 2, str).next_marker == "3"
    assert cut([1], 0, str).items == []
    assert cut([1], 0, str).next_marker == "1"
    assert cut([], 0, str).next_marker == ""


@pytest.mark.parametrize(("marker", "start"), [("", 0), ("0", 0), ("17", 17)])
def test_instance_markers_are_integers(marker: str, start: int) -> None:
    assert read_instance_marker(marker) == start


@pytest.mark.parametrize("marker", ["x", "-1", "1.5", "9" * 40])
def test_wrong_instance_markers_are_refused(marker: str) -> None:
    with pytest.raises(ApiError, match="InvalidMarker"):
        read_instance_marker(marker)


def _walk(world: World, size: int, **filters: object) -> list[str]:
    found: list[str] = []
    marker = ""
    while True:
        with world.database.read() as connection:
            rows = job_queries.list_jobs(
                connection,
                marker=marker,
                limit=size + 1,
                **filters,  # type: ignore[arg-type]  # the filters of one call
            )
        page = cut(rows, size, lambda job: job.id)
        found += [job.id for job in page.items]
        if not page.next_marker:
            return found
        marker = str(page.next_marker)


def test_pages_of_jobs_follow_each_other(world: World) -> None:
    cluster, other = world.cluster(), world.cluster()
    made = [world.job(plan_of("t", cluster if n % 3 else other)) for n in range(7)]
    world.stop(made[2])
    world.stop(made[5])
    for size in (1, 2, 3, 7, 100):
        assert _walk(world, size) == made
        assert _walk(world, size, reverse=True) == made[::-1]
        assert _walk(world, size, state="Stopped") == [made[2], made[5]]
        assert _walk(world, size, cluster_id=other) == made[::3]
        assert _walk(world, size, cluster_id="cls-none") == []


def test_page_goes_on_behind_a_deleted_job(world: World) -> None:
    cluster = world.cluster()
    made = [world.job(plan_of("t", cluster)) for _ in range(3)]
    world.stop(made[1])
    world.delete(made[1])
    with world.database.read() as connection:
        rows = job_queries.list_jobs(connection, marker=made[1], limit=9)
    assert [job.id for job in rows] == [made[2]]


@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_pages_of_instances_join_rows_and_tail(world: World, size: int) -> None:
    cluster = world.cluster(3)
    job = world.job(plan_of("t", cluster, 10))
    for attempt in world.begun()[:2]:
        world.run(attempt)
    task = world.task(job, "t")
    for state, expected in ((None, 10), ("Finished", 2), ("Waiting", 8), ("Failed", 0)):
        found: list[int] = []
        start: int | str = 0
        while start != "":
            with world.database.read() as connection:
                rows = instance_queries.list_instances(
                    connection, task, start=int(start), limit=size + 1, state=state
                )
            page = cut(rows, size, lambda instance: instance.idx)
            found += [instance.idx for instance in page.items]
            start = page.next_marker
        assert len(found) == expected
        assert found == sorted(set(found))
