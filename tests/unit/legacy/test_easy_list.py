"""`easy_list`: what it asks for, how far, and which items it keeps."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from batchcompute import Client, ClientError, FieldError
from batchcompute._http.request import PreparedRequest
from batchcompute.client.easy_list import AsyncEasyList, EasyList, Query
from batchcompute.client.response import Job
from batchcompute.exceptions import BatchComputeWarning

from .conftest import Service

_STATES = ("Running", "Finished", "Failed")


def _pages(count: int = 5, size: int = 2) -> Any:
    """Return an answer function with jobs job-0 … on pages of a size."""

    def answer(request: httpx.Request) -> dict[str, Any]:
        first = int(request.url.params.get("Marker", "") or 0)
        items = [
            {"Id": f"job-{n}", "State": _STATES[n % 3], "Priority": n, "OwnerId": 7}
            for n in range(first, min(first + size, count))
        ]
        return {"Items": items, "NextMarker": str(first + size) if first + size < count else ""}

    return answer


@pytest.fixture(autouse=True)
def jobs(service: Service) -> None:
    service.routes["GET /jobs"] = _pages()


def test_iteration_is_lazy_and_can_be_repeated_without_asking_again(
    client: Client, service: Service
) -> None:
    found = client.easy_list("jobs")
    assert service.requests == []

    iterator = iter(found)
    assert next(iterator) == "job-0"
    assert len(service.requests) == 1
    assert service.last.url.params["MaxItemCount"] == "100"
    assert [job.Id for job in found] == [f"job-{n}" for n in range(5)]
    assert [job.Id for job in found] == [f"job-{n}" for n in range(5)]
    assert len(service.requests) == 3


def test_next_goes_through_the_list_once(client: Client) -> None:
    found = client.easy_list("jobs")

    assert [next(found).Id for _ in range(5)] == [f"job-{n}" for n in range(5)]
    with pytest.raises(StopIteration):
        next(found)
    assert len(found) == 5


def test_membership_stops_at_the_page_that_has_it(client: Client, service: Service) -> None:
    assert "job-1" in client.easy_list("jobs")
    assert len(service.requests) == 1
    assert "job-9" not in client.easy_list("jobs")
    assert len(service.requests) == 4


def test_list_reading_of_the_documentation_holds(client: Client, service: Service) -> None:
    found = client.easy_list("jobs")

    assert found[1] == "job-1"
    assert len(service.requests) == 1
    assert found[-1] == "job-4"
    assert len(found) == 5
    assert found[1:3] == ["job-1", "job-2"]
    assert found == [f"job-{n}" for n in range(5)]
    assert found == client.easy_list("jobs")
    assert found != ["job-0"]
    assert found != "job-0"
    assert next(reversed(found)) == "job-4"
    assert (found.index("job-3"), found.count("job-3")) == (3, 1)
    with pytest.raises(IndexError):
        found[5]
    with pytest.raises(TypeError):
        hash(found)


@pytest.mark.parametrize(
    ("part", "ids", "requests"),
    [
        (slice(1), "0", 1),
        (slice(0), "", 0),
        (slice(1, 3), "12", 2),
        (slice(3, 1), "", 0),
        (slice(None, 9), "01234", 3),
        (slice(0, 4, 2), "02", 2),
        (slice(2, 0, -1), "21", 2),
        (slice(1, None, -1), "10", 1),
        (slice(None), "01234", 3),
        (slice(2, None), "234", 3),
        (slice(-1), "0123", 3),
        (slice(-2, 5), "34", 3),
        (slice(None, None, -1), "43210", 3),
        (slice(3, -5, -1), "321", 3),
    ],
)
def test_slice_fetches_no_more_than_it_needs(
    client: Client, service: Service, part: slice, ids: str, requests: int
) -> None:
    assert client.easy_list("jobs")[part] == [f"job-{n}" for n in ids]
    assert len(service.requests) == requests


@pytest.mark.parametrize(
    ("arguments", "filters", "sent"),
    [
        (("jobs",), {"State": "Running"}, {"State": "Running"}),
        (
            ("jobs",),
            {"ClusterId": "cls-1", "ProjectId": "p", "Priority": 5},
            {"ClusterId": "cls-1", "ProjectId": "p"},
        ),
        (("tasks", "j"), {"State": "Failed"}, {"State": "Failed"}),
        (("instances", "j", "t"), {"State": "Failed"}, {"State": "Failed"}),
        # The service refuses states that it does not know; here nothing is in such a state.
        (("jobs",), {"State": "Nonsense"}, {}),
        (("jobs",), {"State": ["Running", "Failed"]}, {}),
        (("jobs",), {"State": str.isupper}, {}),
        (("jobs",), {"State": "", "ClusterId": ""}, {}),
        (("jobs",), {"Id": "job-1"}, {}),
        (("clusters",), {"State": "Active"}, {}),
    ],
)
def test_filters_that_the_service_has_are_its_own(
    client: Client,
    service: Service,
    arguments: tuple[Any, ...],
    filters: dict[str, str],
    sent: dict[str, str],
) -> None:
    service.always = {"Items": []}
    service.routes.clear()
    list(client.easy_list(*arguments, **filters))

    params = dict(service.last.url.params)
    assert {name: params[name] for name in params if name not in ("Marker", "MaxItemCount")} == sent


def test_items_need_not_have_what_the_service_filters_by(client: Client, service: Service) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(client.easy_list("jobs", ProjectId="p")) == 5


def test_truth_asks_for_no_more_than_the_first_item(client: Client, service: Service) -> None:
    assert client.easy_list("jobs")
    assert len(service.requests) == 1
    assert not client.easy_list("jobs", State="Stopped")


def test_repr_asks_nothing(client: Client, service: Service) -> None:
    found = client.easy_list("jobs")
    assert repr(found) == "<easy_list of jobs: 0 found so far>"
    len(found)
    asked = len(service.requests)
    assert repr(found) == "<easy_list of jobs: 5 found>"
    assert len(service.requests) == asked


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"State": "Running"}, "03"),
        ({"State": ["Running", "Failed"]}, "023"),
        ({"State": ("Failed",)}, "2"),
        ({"State": {"Running", "Failed"}}, "023"),
        ({"State": frozenset({"Failed"})}, "2"),
        ({"State": {"Failed": 1}.keys()}, "2"),
        ({"Priority": range(1, 3)}, "12"),
        ({"Priority": lambda priority: priority > 3}, "4"),
        ({"State": "Running", "Priority": 3}, "3"),
        ({"State": []}, ""),
        ({"Owner": 7, "Priority": 0}, "0"),
        ({"Id": "job-4"}, "4"),
        ({"TaskMetrics": set()}, ""),
    ],
)
def test_filter_keeps_what_passes_all(client: Client, filters: dict[str, Any], ids: str) -> None:
    assert [job.Id for job in client.easy_list("jobs", **filters)] == [f"job-{n}" for n in ids]


def test_filter_on_something_that_no_item_has_matches_nothing_and_warns(client: Client) -> None:
    found = client.easy_list("jobs", Sate="Running")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert not found
    assert {entry.category for entry in caught} == {BatchComputeWarning}
    assert {entry.filename for entry in caught} == {__file__}
    assert "Job has no attribute 'Sate'" in str(caught[0].message)


def test_filter_on_a_field_that_only_the_answer_knows_works(
    client: Client, service: Service
) -> None:
    service.routes["GET /jobs"] = {"Items": [{"Id": "a", "New": 1}, {"Id": "b"}]}

    assert client.easy_list("jobs", New=1) == ["a"]


@pytest.mark.parametrize(
    ("arguments", "target"),
    [
        (("jobs",), "GET /jobs"),
        (("clusters",), "GET /clusters"),
        (("images",), "GET /images"),
        (("images", "System"), "GET /images"),
        (("tasks", "job-1"), "GET /jobs/job-1/tasks"),
        (("tasks", Job({"Id": "job-1"})), "GET /jobs/job-1/tasks"),
        (("instances", "job-1", "Echo"), "GET /jobs/job-1/tasks/Echo/instances"),
        (("cluster_instances", "cls-1", "g"), "GET /clusters/cls-1/groups/g/instances"),
        (("apps",), "GET /apps"),
        (("apps", "Public"), "GET /apps"),
    ],
)
def test_each_kind_asks_its_operation(
    client: Client, service: Service, arguments: tuple[Any, ...], target: str
) -> None:
    service.routes[target] = {"Items": [{"Id": "x", "Name": "x", "TaskName": "x"}]}

    assert len(client.easy_list(*arguments)) == 1
    assert service.targets == [target]
    assert {"System": "Type", "Public": "Scope"}.get(arguments[-1], "Marker") in (
        service.last.url.params
    )


@pytest.mark.parametrize("kind", ["job", "", None, 5, [], "Jobs"])
def test_unknown_kind_is_a_field_error_at_the_call(client: Client, kind: Any) -> None:
    with pytest.raises(FieldError, match="cluster_instances"):
        client.easy_list(kind)


@pytest.mark.parametrize(
    "arguments",
    [("tasks",), ("instances", "job-1"), ("jobs", "job-1"), ("tasks", None), ("tasks", "")],
)
def test_wrong_owner_is_a_type_error_at_the_call(client: Client, arguments: Any) -> None:
    with pytest.raises(TypeError):
        client.easy_list(*arguments)


def test_marker_that_comes_again_is_an_error_behind_the_items_before_it(
    client: Client, service: Service
) -> None:
    def answer(request: httpx.Request) -> dict[str, Any]:
        return {"Items": [{"Id": f"job-{len(service.requests)}"}], "NextMarker": "same"}

    service.routes["GET /jobs"] = answer
    found = client.easy_list("jobs")

    assert found[1] == "job-2"
    for _ in range(2):
        with pytest.raises(ClientError, match="twice") as caught:
            len(found)
        assert (caught.value.code, caught.value.operation) == ("RepeatedMarker", "list_jobs")
    assert len(service.requests) == 2


def test_failed_page_can_be_asked_for_again(client: Client, service: Service) -> None:
    found = client.easy_list("jobs")
    assert found[0] == "job-0"
    service.routes["GET /jobs"] = httpx.Response(400, json={"Code": "Bad", "Message": "m"})
    with pytest.raises(ClientError):
        len(found)
    service.routes["GET /jobs"] = _pages()

    assert len(found) == 5


def test_asynchronous_list_is_the_same_for_async_for(client: Client, service: Service) -> None:
    sent: list[str] = []

    async def send(call: PreparedRequest[Any]) -> Any:
        sent.append(call.operation)
        return client._send(call)

    async def collect(found: AsyncIterator[Any] | AsyncEasyList[Any]) -> list[str]:
        return [job.Id async for job in found]

    found: AsyncEasyList[Any] = AsyncEasyList(Query("jobs", (), {"State": "Running"}), send)
    assert repr(found) == "<easy_list of jobs>"
    assert sent == []
    assert asyncio.run(collect(found)) == ["job-0", "job-3"]
    assert asyncio.run(collect(found)) == ["job-0", "job-3"]
    assert sent == ["list_jobs"] * 6


def test_easy_list_is_a_sequence_type() -> None:
    assert issubclass(EasyList, __import__("collections.abc").abc.Sequence)
