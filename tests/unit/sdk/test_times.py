"""Times of answers: naive local `datetime` objects, by the rules of their own instant (8.3)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from batchcompute._generated.api.models import Cluster, Command, Job, TaskDescription
from batchcompute._models.times import format_time, parse_time

SetTimezone = Callable[[str], None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "2014-07-14T15:25:02.123456Z", datetime(2014, 7, 14, 11, 25, 2, 123456), id="summer"
        ),
        pytest.param("2014-11-14T15:25:02.000000Z", datetime(2014, 11, 14, 10, 25, 2), id="winter"),
        pytest.param("2014-07-14T15:25:02Z", datetime(2014, 7, 14, 11, 25, 2), id="no fraction"),
        pytest.param(
            "2014-07-14T15:25:02.1Z", datetime(2014, 7, 14, 11, 25, 2, 100000), id="short"
        ),
        pytest.param("2014-07-14T23:25:02+08:00", datetime(2014, 7, 14, 11, 25, 2), id="offset"),
        pytest.param("2014-07-14T23:25:02+0800", datetime(2014, 7, 14, 11, 25, 2), id="no colon"),
        pytest.param("2014-07-14T11:25:02", datetime(2014, 7, 14, 11, 25, 2), id="no zone"),
        pytest.param(
            "2014-07-14 11:25:02.5", datetime(2014, 7, 14, 11, 25, 2, 500000), id="dumped"
        ),
        pytest.param(1405351502, datetime(2014, 7, 14, 11, 25, 2), id="epoch"),
        pytest.param(1405351502.5, datetime(2014, 7, 14, 11, 25, 2, 500000), id="epoch float"),
        pytest.param("1405351502", datetime(2014, 7, 14, 11, 25, 2), id="epoch text"),
        pytest.param(1405351502000, datetime(2014, 7, 14, 11, 25, 2), id="epoch milliseconds"),
        pytest.param("1405351502000", datetime(2014, 7, 14, 11, 25, 2), id="milliseconds text"),
    ],
)
def test_parse_time_in_new_york_is_that_instants_local_time(
    set_timezone: SetTimezone, text: object, expected: datetime
) -> None:
    set_timezone("America/New_York")

    found = parse_time(text)

    assert found == expected
    assert isinstance(found, datetime)
    assert found.tzinfo is None


def test_parse_time_in_the_repeated_hour_keeps_both_instants_apart(
    set_timezone: SetTimezone,
) -> None:
    set_timezone("America/New_York")
    first, second = parse_time("2014-11-02T05:30:00Z"), parse_time("2014-11-02T06:30:00Z")

    assert isinstance(first, datetime)
    assert isinstance(second, datetime)
    assert first == second == datetime(2014, 11, 2, 1, 30)
    assert second.timestamp() - first.timestamp() == 3600


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Shanghai", "Asia/Kolkata"])
@pytest.mark.parametrize("month", [1, 7])
def test_parse_time_in_each_zone_agrees_with_mktime(
    set_timezone: SetTimezone, zone: str, month: int
) -> None:
    set_timezone(zone)
    instant = datetime(2020, month, 2, 3, 4, 5, tzinfo=UTC)

    local = parse_time(instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))

    assert isinstance(local, datetime)
    assert time.mktime(local.timetuple()) == instant.timestamp()


def test_parse_time_of_empty_text_is_none() -> None:
    assert parse_time("") is None


@pytest.mark.parametrize(
    "value",
    ["soon", "2014-13-01T00:00:00Z", "99999999999999999999", 1e300, float("nan"), "٠١٢٣٤٥٦٧٨٩"],
)
def test_parse_time_of_what_is_no_time_gives_it_back(value: object) -> None:
    assert parse_time(value) is value


@pytest.mark.parametrize("value", [True, None, [], {"a": 1}])
def test_parse_time_of_other_types_gives_them_back(value: object) -> None:
    assert parse_time(value) is value


def test_format_time_is_local_text() -> None:
    assert format_time(datetime(2020, 1, 2, 3, 4, 5)) == "2020-01-02 03:04:05"
    assert format_time(datetime(2020, 1, 2, 3, 4, 5, 6)) == "2020-01-02 03:04:05.000006"


def test_time_attribute_of_an_answer_is_local_and_survives_a_dump(
    set_timezone: SetTimezone,
) -> None:
    set_timezone("America/New_York")
    job = Job.from_dict({"Id": "a", "CreationTime": "2014-07-14T15:25:02Z", "StartTime": ""})

    assert job.CreationTime == datetime(2014, 7, 14, 11, 25, 2)
    assert job.StartTime is None
    assert json.loads(job.dump())["CreationTime"] == "2014-07-14 11:25:02"
    assert Job(job.dump()).CreationTime == job.CreationTime


def test_time_attribute_that_cannot_be_parsed_keeps_its_text() -> None:
    job: Any = Job.from_dict({"EndTime": "yesterday", "StartTime": ["x"]})

    assert job.EndTime == "yesterday"
    assert job.StartTime == ["x"]


def test_time_attribute_takes_aware_datetimes_as_they_are() -> None:
    moment = datetime(2020, 1, 1, tzinfo=timezone(timedelta(hours=8)))

    assert Job({"EndTime": moment}).EndTime is moment


def test_time_attribute_of_a_wrong_type_is_refused_by_the_constructor() -> None:
    with pytest.raises(TypeError, match="Job: EndTime must be a time, not list"):
        Job({"EndTime": []})


def test_user_maps_with_keys_that_end_in_time_are_left_alone() -> None:
    maps = {"WallTime": "10:00", "StartTime": "2014-07-14T15:25:02Z", "EmptyTime": ""}

    cluster = Cluster.from_dict({"UserData": maps, "EnvVars": maps})
    assert cluster.UserData == cluster.EnvVars == maps
    assert Command(EnvVars=maps).EnvVars == maps
    assert TaskDescription(InputMapping=maps).InputMapping == maps


def test_unknown_answer_field_that_ends_in_time_is_left_alone() -> None:
    assert Job.from_dict({"ExpireTime": "2014-07-14T15:25:02Z"})["ExpireTime"] == (
        "2014-07-14T15:25:02Z"
    )


@pytest.mark.parametrize(
    "text",
    [
        "2014-07-14T15:25:02Z",
        "2014-11-14T15:25:02Z",
        "2014-11-02T05:30:00Z",
        "2014-11-02T06:30:00Z",
    ],
)
def test_time_of_an_answer_becomes_aware_of_its_own_instant(
    text: str, set_timezone: SetTimezone
) -> None:
    set_timezone("America/New_York")
    created = Job.from_dict({"CreationTime": text}).CreationTime

    assert created is not None
    assert created.tzinfo is None
    assert created.astimezone(UTC) == datetime.fromisoformat(text)
