"""From page to page: what is asked for, and where it stops."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from itertools import islice
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchcompute import Client, ClientError
from batchcompute._operations.pagination import Markers, walk
from batchcompute.client.responses import ListResponse

from .conftest import FarSide


def _page(marker: str, *ids: str) -> httpx.Response:
    return httpx.Response(200, json={"NextMarker": marker, "Items": [{"Id": id_} for id_ in ids]})


def test_all_yields_the_items_of_all_pages(client: Client, far_side: FarSide) -> None:
    # An empty page that is not the last one is no reason to stop.
    far_side.answers = [_page("m1", "a", "b"), _page("m2"), _page("", "c")]
    page = client.list_jobs("", 2, state="Running", OrderBy="Id")

    assert [job.Id for job in page.all()] == ["a", "b", "c"]
    asked = [dict(request.url.params) for request in far_side.requests]
    fixed = {"MaxItemCount": "2", "State": "Running", "OrderBy": "Id"}
    assert asked == [{**fixed, "Marker": marker} for marker in ("", "m1", "m2")]


def test_page_stays_a_list_of_its_own_items(client: Client, far_side: FarSide) -> None:
    far_side.answers = [_page("m1", "a", "b"), _page("", "c")]
    # The loop of old programs sees every item once.
    found, marker, first = [], "", True
    while marker or first:
        first = False
        page = client.list_jobs(marker, 2)
        marker = page.NextMarker
        found += [job.Id for job in page]

    assert found == ["a", "b", "c"]


def test_pages_are_asked_for_only_when_they_are_wanted(client: Client, far_side: FarSide) -> None:
    far_side.answers = [_page("m1", "a"), _page("m2", "b"), _page("", "c")]
    page = client.list_jobs()
    assert [job.Id for job in islice(page.all(), 1)] == ["a"]
    assert len(far_side.requests) == 1

    assert [len(each) for each in page.pages()] == [1, 1, 1]
    assert len(far_side.requests) == 3


def test_page_in_the_middle_goes_on_from_there_and_can_be_walked_again(
    client: Client, far_side: FarSide
) -> None:
    far_side.always = lambda: _page("", "z")
    far_side.answers = [_page("m6", "y")]
    page = client.list_instances("j", "t", "m5")

    for _ in range(2):
        assert [item.InstanceId for item in page.all()] == [None, None]
    assert [r.url.params["Marker"] for r in far_side.requests] == ["m5", "m6", "m6"]


@pytest.mark.parametrize("markers", [["m1", "m1"], ["m1", "m2", "m1"], ["m0"]])
def test_repeated_marker_is_an_error_after_what_was_received(
    client: Client, far_side: FarSide, markers: list[str]
) -> None:
    far_side.answers = [_page(marker, f"job-{n}") for n, marker in enumerate(markers)]
    found: list[str] = []

    jobs = client.list_jobs("m0").all()
    with pytest.raises(ClientError, match="twice") as caught:
        found.extend(job.Id for job in jobs)
    assert caught.value.code == "RepeatedMarker"
    assert caught.value.operation == "list_jobs"
    assert found == [f"job-{n}" for n in range(len(markers))]


def test_refusal_in_the_middle_is_raised(client: Client, far_side: FarSide) -> None:
    far_side.answers = [_page("m1", "a"), httpx.Response(404, json={})]
    with pytest.raises(ClientError):
        list(client.list_jobs().all())


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.list_jobs(),
        lambda c: c.list_tasks("j"),
        lambda c: c.list_instances("j", "t"),
        lambda c: c.list_clusters(),
        lambda c: c.list_cluster_instances("c", "g"),
        lambda c: c.list_images(),
        lambda c: c.list_apps(),
    ],
)
def test_every_list_knows_its_next_page(
    client: Client, far_side: FarSide, call: Callable[[Client], ListResponse[Any]]
) -> None:
    far_side.answers = [_page("m1", "a"), _page("", "b")]

    assert len(list(call(client).all())) == 2
    first, second = far_side.requests
    assert first.url.path == second.url.path
    assert dict(second.url.params) == {**dict(first.url.params), "Marker": "m1"}


@pytest.mark.parametrize("make_client", ["sync"], indirect=True)
def test_pickled_page_has_left_its_client(client: Client, far_side: FarSide) -> None:
    far_side.answers = [_page("m1", "a")]
    page = pickle.loads(pickle.dumps(client.list_jobs()))

    assert [job.Id for job in page] == ["a"]
    assert page.NextMarker == "m1"
    with pytest.raises(RuntimeError, match="pickled without its client"):
        list(page.all())


@pytest.mark.parametrize("start", ["", "m1"])
def test_page_of_no_items_leads_to_all_items(client: Client, far_side: FarSide, start: str) -> None:
    # The service answers such a request with the marker of the item it did not send.
    far_side.answers = [_page("m1"), _page("m2", "a"), _page("", "b")]
    page = client.list_jobs(start, max_item_count=0)

    assert len(page) == 0
    assert [job.Id for job in page.all()] == ["a", "b"]
    sizes = [request.url.params.get("MaxItemCount") for request in far_side.requests]
    assert sizes == ["0", None, None]


def test_page_of_no_items_that_repeats_itself_is_an_error(
    client: Client, far_side: FarSide
) -> None:
    far_side.answers = [_page("m1"), _page("m1")]
    with pytest.raises(ClientError, match="twice"):
        list(client.list_jobs(max_item_count=0).all())


def test_marker_in_its_old_spelling_leads_to_the_next_page(
    client: Client, far_side: FarSide
) -> None:
    old = {"Marker": "m1", "Items": [{"Id": "a"}]}
    far_side.answers = [httpx.Response(200, json=old), _page("", "b")]
    page = client.list_cluster_instances("cls-1", "g")

    assert page.NextMarker == "m1"
    assert [item.Id for item in page.all()] == ["a", "b"]


def test_marker_of_the_request_is_not_that_of_the_next_page(
    client: Client, far_side: FarSide
) -> None:
    both = {"Marker": "m1", "NextMarker": "", "Items": [{"Id": "a"}]}
    far_side.answers = [httpx.Response(200, json=both)]

    assert [job.Id for job in client.list_jobs("m1").all()] == ["a"]


@pytest.mark.parametrize("make_copy", [copy.copy, copy.deepcopy])
def test_copy_of_a_page_knows_its_client(
    client: Client, far_side: FarSide, make_copy: Callable[[Any], Any]
) -> None:
    far_side.answers = [_page("m1", "a"), _page("", "b")]
    page = client.list_jobs()
    copied = make_copy(page)

    assert (type(copied), copied.RequestId, copied.type) == (type(page), "", page.type)
    assert [job.Id for job in copied.all()] == ["a", "b"]


class _Fake:
    StatusCode = 200
    RequestId = ""

    def __init__(self, marker: str) -> None:
        self.NextMarker = marker


@given(st.lists(st.sampled_from("abcdef") | st.just("")), st.sampled_from(["", "a"]))
def test_walk_of_any_markers_ends(markers: list[str], start: str) -> None:
    rest = iter(markers)
    seen = 0
    try:
        for _ in walk(_Fake(next(rest, "")), Markers("x", start), lambda _: _Fake(next(rest, ""))):
            seen += 1
    except ClientError as error:
        assert error.code == "RepeatedMarker"  # noqa: PT017  # either end is right
    assert seen <= 7
