"""What the methods return: responses that are resources, pages that are lists."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import pytest

from batchcompute import Client
from batchcompute._models.base import BatchEncoder
from batchcompute.client import responses
from batchcompute.exceptions import JsonError
from batchcompute.resources import AppJobDescription, Job, JobDescription

from .conftest import FarSide

_HEADERS = {"x-acs-request-id": "REQ-1", "date": "Wed, 11 Nov 2015 10:00:57 GMT"}
_JOB = {
    "Id": "job-1",
    "Name": "n",
    "OwnerId": 48351,
    "State": "Running",
    "CreationTime": "2015-11-11T10:00:57.246162Z",
    "EndTime": "",
    "TaskMetrics": {"RunningCount": 1},
    "Surprise": {"a": 1},
}


@pytest.fixture
def answer(far_side: FarSide) -> Callable[..., None]:
    def put(body: Any, status: int = 200, headers: dict[str, str] = _HEADERS) -> None:
        far_side.answers = [httpx.Response(status, json=body, headers=headers)]

    return put


@pytest.fixture
def job(client: Client, answer: Callable[..., None]) -> responses.JobResponse:
    answer(_JOB)
    return client.get_job("job-1")


def test_get_response_is_a_response_and_the_resource(job: responses.JobResponse) -> None:
    assert isinstance(job, Job)
    assert isinstance(job, responses.GetResponse)
    assert isinstance(job, responses.RawResponse)
    assert (job.StatusCode, job.RequestId, job.Date) == (200, "REQ-1", _HEADERS["date"])
    assert job.content == _JOB
    assert job.State == job["State"] == job.get("State") == job.getproperty("State") == "Running"
    assert job.getproperty("RequestId") == "REQ-1"


def test_get_response_maps_like_its_resource(job: responses.JobResponse) -> None:
    assert dict(job)["Id"] == "job-1"
    assert "Id" in job
    assert "StatusCode" not in job
    assert list(job) == list(job.keys())
    assert len(job) == len(job.items()) == len(list(job.values()))
    assert job["TaskMetrics"]["RunningCount"] == 1
    assert job["Surprise"] == {"a": 1}
    assert job == "job-1"
    assert job in ["job-1"]
    assert (
        json.loads(str(job))
        == json.loads(job.dump())
        == json.loads(json.dumps(job, cls=BatchEncoder))
    )
    assert json.loads(job.dump(indent=None))["CreationTime"] == str(job.CreationTime)


@pytest.mark.parametrize("kind", ["create", "action", "list", "get"])
def test_batch_encoder_writes_each_response_as_its_text(
    kind: str, client: Client, answer: Callable[..., None]
) -> None:
    asked: dict[str, tuple[Any, Callable[[], Any]]] = {
        "create": (
            {"Id": "img-1"},
            lambda: client.create_image({"Platform": "Linux", "EcsImageId": "m-1"}),
        ),
        "action": ({}, lambda: client.delete_image("img-1")),
        "list": ({"Items": [_JOB], "NextMarker": "m"}, client.list_jobs),
        "get": (_JOB, lambda: client.get_job("job-1")),
    }
    body, ask = asked[kind]
    answer(body)
    response = ask()

    written = json.dumps({"response": [response]}, cls=BatchEncoder)

    assert json.loads(written) == {"response": [json.loads(str(response))]}


def test_get_response_gives_times_as_local_datetimes(job: responses.JobResponse) -> None:
    assert isinstance(job.CreationTime, datetime)
    assert job.CreationTime.tzinfo is None
    assert job.EndTime is None


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda r: pickle.loads(pickle.dumps(r))]
)
def test_get_response_copies_and_pickles_as_a_response(
    job: responses.JobResponse, duplicate: Callable[[Any], Any]
) -> None:
    made = duplicate(job)

    assert type(made) is type(job)
    assert made.dump() == job.dump()
    assert (made.RequestId, made.StatusCode, made.content) == ("REQ-1", 200, _JOB)


def test_get_response_of_a_status_is_read_only(job: responses.JobResponse) -> None:
    for name in ("State", "StatusCode", "Anything"):
        with pytest.raises(AttributeError):
            setattr(job, name, "x")
    with pytest.raises(TypeError, match="read-only"):
        job["State"] = "x"


def test_job_description_comes_back_writable_and_can_be_submitted_again(
    client: Client, far_side: FarSide, answer: Callable[..., None]
) -> None:
    stored = {
        "Id": "job-1",
        "Name": "n",
        "Type": "DAG",
        "Priority": 3,
        "JobFailOnInstanceFail": True,
        "DAG": {"Tasks": {"a": {"ClusterId": "cls-1", "InstanceCount": 2}}},
    }
    answer(stored)
    description = client.get_job_description("job-1")

    assert isinstance(description, JobDescription)
    assert description["Id"] == "job-1"
    assert description.DAG.Tasks["a"].InstanceCount == 2
    description.Name = "again"
    description.DAG.Tasks["a"].InstanceCount = 5
    client.create_job(description)
    sent = json.loads(far_side.last.content)
    assert sent["Name"] == "again"
    assert sent["DAG"]["Tasks"]["a"]["InstanceCount"] == 5
    assert "Id" not in sent
    client.create_job(description.dump())  # as programs for 2.x do it; a warning would be an error
    sent = json.loads(far_side.last.content)
    assert sent["Name"] == "again"
    assert "Id" not in sent
    assert JobDescription(description).Name == "again"


def test_job_description_of_an_app_job_is_of_its_own_class(
    client: Client, answer: Callable[..., None]
) -> None:
    answer({"Name": "n", "Type": "App", "App": {"AppName": ":a", "Inputs": {"x": 1}}})

    description = client.get_job_description("job-1")

    assert isinstance(description, AppJobDescription)
    assert description.App.get_input("x") == 1


def test_create_response_has_the_id_and_prints_as_json(
    client: Client, answer: Callable[..., None]
) -> None:
    answer({"Id": "cls-1"}, 201)
    created = client.create_cluster({"Name": "n", "ImageId": "img-1", "Groups": {}})

    assert (created.Id, created.StatusCode, created.RequestId) == ("cls-1", 201, "REQ-1")
    assert json.loads(str(created)) == {
        "StatusCode": 201,
        "RequestId": "REQ-1",
        "Date": _HEADERS["date"],
        "Id": "cls-1",
    }


def test_create_response_of_an_app_takes_its_name_as_id(
    client: Client, answer: Callable[..., None]
) -> None:
    answer({"Name": "bwa"}, 201)
    created = client.create_app({"Name": "bwa", "CommandLine": "x", "VM": {"ECSImageId": "m-1"}})

    assert created.Id == created.Name == "bwa"


def test_create_response_without_an_id_is_a_json_error(
    client: Client, answer: Callable[..., None]
) -> None:
    answer({}, 201)
    with pytest.raises(JsonError, match="neither Id nor Name"):
        client.create_cluster({"Name": "n", "ImageId": "img-1", "Groups": {}})


def test_action_response_has_status_and_request_id_only(client: Client, far_side: FarSide) -> None:
    far_side.answers = [httpx.Response(204)]
    done = client.delete_job("job-1")

    assert (done.StatusCode, done.RequestId, done.Date, done.content) == (204, "", "", {})
    assert not hasattr(done, "Id")
    assert json.loads(str(done)) == {"StatusCode": 204, "RequestId": "", "Date": ""}
    with pytest.raises(AttributeError):
        done.StatusCode = 1  # type: ignore[misc]
    with pytest.raises(KeyError):
        done.getproperty("Id")


def test_list_response_is_a_list_of_its_items(client: Client, answer: Callable[..., None]) -> None:
    answer({"NextMarker": "job-3", "Items": [{"Id": "job-2"}, {"Id": "job-1"}]})
    page = client.list_jobs("", 2)

    assert [job.Id for job in page] == ["job-2", "job-1"]
    assert (len(page), page[0].Id, page.NextMarker) == (2, "job-2", "job-3")
    assert [job.Id for job in page[:1]] == ["job-2"]
    assert "job-1" in page
    assert page.index("job-1") == 1
    page.sort(key=lambda job: job.Id)
    assert page.Items[0] == "job-1"
    assert json.loads(str(page))["Items"][0]["Id"] == "job-1"
    page.append(page[0])
    assert len(page.Items) == 3
    del page[0]
    page[0] = page[1]
    assert sorted(page) == page.Items


@pytest.mark.parametrize(
    ("body", "marker", "count"),
    [
        ({"NextMarker": "", "Items": []}, "", 0),
        ({"NextMarker": None, "Items": [{"Id": "a"}]}, "", 1),
        ({"NextMarker": 0, "Items": []}, "", 0),
        ({"NextMarker": 100, "Items": []}, "100", 0),
        ({"Items": []}, "", 0),
        ({}, "", 0),
        ([{"Id": "a"}], "", 1),
    ],
)
def test_list_response_marker_is_always_text(
    client: Client, answer: Callable[..., None], body: Any, marker: str, count: int
) -> None:
    answer(body)
    page = client.list_jobs()

    assert (page.NextMarker, len(page)) == (marker, count)


@pytest.mark.parametrize("body", [{"Other": 1}, {"Items": "x"}, {"Items": None}, "text", 7])
def test_list_response_without_a_list_is_a_json_error(
    client: Client, answer: Callable[..., None], body: Any
) -> None:
    answer(body)
    with pytest.raises(JsonError):
        client.list_jobs()


def test_list_response_of_revisions_is_the_bare_list(
    client: Client, answer: Callable[..., None]
) -> None:
    answer([{"Revision": 0, "UpdateTime": "2018-11-06T06:12:40.123456Z"}, {"Revision": 1}])
    items = client.get_app_revisions("bwa").Items
    items.sort(key=lambda revision: [revision["Revision"]], reverse=True)

    assert [revision.Revision for revision in items] == [1, 0]


def test_every_declared_response_class_exists_at_run_time() -> None:
    import batchcompute._generated.api.responses

    names = batchcompute._generated.api.responses.__all__
    assert len(names) > 10
    for name in names:
        made = getattr(responses, name)
        assert issubclass(made, responses.GetResponse)
        assert f"{made._model.__name__}Response" == name
        assert getattr(responses, name) is made
    with pytest.raises(AttributeError):
        _ = responses.NothingResponse  # type: ignore[attr-defined]
