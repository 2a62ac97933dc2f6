"""Instances and tasks that a client gets are told apart by where they are, not by number alone."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from batchcompute import Client
from batchcompute._generated.api.models import Instance, Job, Task


def _answer(request: httpx.Request) -> httpx.Response:
    *_, collection, last = request.url.path.split("/")
    state = request.url.params.get("State", "Running")
    if last == "instances":
        body: Any = {"Items": [{"InstanceId": n, "State": state} for n in range(3)]}
    elif last == "tasks":
        body = {"Items": [{"TaskName": name, "State": state} for name in "ab"]}
    elif last == "jobs":
        body = {"Items": [{"Id": "j1", "State": state}, {"Id": "j2", "State": state}]}
    else:
        key, value = {
            "instances": ("InstanceId", last.isdigit() and int(last)),
            "tasks": ("TaskName", last),
            "jobs": ("Id", last),
        }[collection]
        body = {key: value, "State": "Finished"}
    return httpx.Response(200, json=body, headers={"x-acs-request-id": "r"})


@pytest.fixture
def client() -> Client:
    transport = httpx.MockTransport(_answer)
    return Client("cn-beijing", "id", "secret", http_client=httpx.Client(transport=transport))


def test_instances_of_different_tasks_are_all_kept_in_a_set(client: Client) -> None:
    found = {
        instance
        for task in ("a", "b")
        for job in ("j1", "j2")
        for instance in client.list_instances(job, task)
    }

    assert len(found) == 12
    assert client.get_instance("j1", "a", 0) != client.get_instance("j1", "b", 0)
    assert client.get_instance("j1", "a", 0) != client.get_instance("j2", "a", 0)
    assert len({*client.list_tasks("j1"), *client.list_tasks("j2")}) == 4


def test_instance_seen_twice_is_the_same(client: Client) -> None:
    first = client.list_instances("j1", "a")
    later = client.list_instances("j1", "a", state="Finished")

    assert first.Items == later.Items
    assert len({*first, *later}) == 3
    assert client.get_instance("j1", "a", 1) == later[1]
    assert later.index(client.get_instance("j1", "a", 2)) == 2
    assert client.get_task("j1", "b") == client.list_tasks("j1")[1]
    assert client.get_job("j2") in client.list_jobs()


def test_instance_still_equals_its_bare_number_and_one_from_nowhere(client: Client) -> None:
    a, b = client.get_instance("j1", "a", 0), client.get_instance("j1", "b", 0)

    for one in (a, b):
        assert one == 0
        assert hash(one) == hash(0)
        assert one == Instance({"InstanceId": 0}) == one
        assert one == {"InstanceId": 0}
    assert client.list_tasks("j1")[0] == "a" == Task({"TaskName": "a"})
    assert client.get_job("j1") == "j1" == Job({"Id": "j1"})
    assert sorted([b, client.get_instance("j1", "a", 1), a])[2] == 1


@pytest.mark.parametrize(
    "copied_by", [copy.copy, copy.deepcopy, lambda item: pickle.loads(pickle.dumps(item))]
)
def test_copy_of_an_instance_is_where_it_was(
    client: Client, copied_by: Callable[[Any], Any]
) -> None:
    for a, b in (
        (client.get_instance("j1", "a", 0), client.get_instance("j1", "b", 0)),
        (client.list_instances("j1", "a")[0], client.list_instances("j1", "b")[0]),
    ):
        assert copied_by(a) == a
        assert copied_by(a) != b
        assert len({a, b, copied_by(a), copied_by(b)}) == 2
        assert json.loads(copied_by(a).dump()) == json.loads(a.dump())
