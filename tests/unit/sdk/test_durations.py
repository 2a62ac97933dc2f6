"""How long something took, and when it was, whatever the clocks of the local zone did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from batchcompute._generated.api.models import (
    App,
    AppRevision,
    Cluster,
    ClusterInstance,
    Image,
    Instance,
    Job,
    SynchronousInstance,
    Task,
)

SetTimezone = Callable[[str], None]
_TIMED = [Job, Task, Instance, SynchronousInstance]


@pytest.mark.parametrize("cls", _TIMED)
@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        pytest.param("2014-11-02T04:30:00Z", "2014-11-02T07:30:00Z", 3, id="clocks go back"),
        pytest.param("2014-11-02T05:30:00Z", "2014-11-02T06:30:00Z", 1, id="repeated hour"),
        pytest.param("2014-03-09T06:00:00Z", "2014-03-09T08:00:00Z", 2, id="clocks go forward"),
        pytest.param("2014-07-01T06:00:00Z", "2014-07-01T08:00:00Z", 2, id="summer"),
    ],
)
def test_duration_is_the_time_that_really_passed(
    cls: Any, start: str, end: str, hours: int, set_timezone: SetTimezone
) -> None:
    set_timezone("America/New_York")
    timed = cls.from_dict({"StartTime": start, "EndTime": end})

    assert timed.duration == timedelta(hours=hours)
    assert timed.started_at == datetime.fromisoformat(start)
    assert timed.ended_at == datetime.fromisoformat(end)
    assert timed.started_at.tzinfo is timed.ended_at.tzinfo is UTC
    assert timed.ended_at - timed.started_at == timed.duration


def test_duration_keeps_microseconds() -> None:
    job = Job.from_dict(
        {"StartTime": "2015-11-20T07:51:25.652044Z", "EndTime": "2015-11-20T07:51:26.000001Z"}
    )

    assert job.duration == timedelta(microseconds=347957)


def test_difference_of_the_local_times_stays_that_of_the_clock_on_the_wall(
    set_timezone: SetTimezone,
) -> None:
    set_timezone("America/New_York")
    job = Job.from_dict({"StartTime": "2014-11-02T04:30:00Z", "EndTime": "2014-11-02T07:30:00Z"})

    assert job.StartTime is not None
    assert job.EndTime is not None
    assert job.EndTime - job.StartTime == timedelta(hours=2)


@pytest.mark.parametrize("cls", _TIMED)
@pytest.mark.parametrize(
    "content",
    [
        {},
        {"StartTime": "", "EndTime": ""},
        {"StartTime": "2014-11-02T04:30:00Z", "EndTime": ""},
        {"StartTime": "soon", "EndTime": "later"},
    ],
)
def test_duration_of_what_has_not_ended_is_none(cls: Any, content: dict[str, str]) -> None:
    assert cls.from_dict(content).duration is None
    assert cls.from_dict(content).ended_at is None


@pytest.mark.parametrize(
    ("cls", "name"),
    [
        (Job, "CreationTime"),
        (Cluster, "CreationTime"),
        (ClusterInstance, "CreationTime"),
        (Image, "CreationTime"),
        (App, "CreationTime"),
        (AppRevision, "UpdateTime"),
    ],
)
def test_moment_of_each_class_is_aware(cls: Any, name: str, set_timezone: SetTimezone) -> None:
    set_timezone("Asia/Shanghai")
    made = cls.from_dict({name: "2014-11-02T04:30:00.5Z"})
    attribute = {"CreationTime": "created_at", "UpdateTime": "updated_at"}[name]

    assert getattr(made, attribute) == datetime(2014, 11, 2, 4, 30, 0, 500000, tzinfo=UTC)
    assert getattr(cls.from_dict({}), attribute) is None


def test_times_that_a_program_gave_are_aware_and_subtracted_as_well(
    set_timezone: SetTimezone,
) -> None:
    set_timezone("Europe/Berlin")
    job = Job(StartTime=datetime(2020, 1, 1, 12), EndTime=datetime(2020, 1, 1, 12, tzinfo=UTC))

    assert job.started_at == datetime(2020, 1, 1, 11, tzinfo=UTC)
    assert job.duration == timedelta(hours=1)


def test_moments_are_no_part_of_the_content() -> None:
    job = Job.from_dict({"StartTime": "2014-11-02T04:30:00Z", "EndTime": "2014-11-02T07:30:00Z"})

    assert list(job) == ["StartTime", "EndTime"]
    assert "duration" not in job.dump()
    with pytest.raises(AttributeError):
        setattr(job, "duration", None)  # noqa: B010  # type checkers would find it
