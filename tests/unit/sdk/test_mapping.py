"""The mapping protocol (8.8)."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

import pytest

from batchcompute._generated.api.models import DAG, GroupDescription, Job, JobDescription


def _group() -> GroupDescription:
    return GroupDescription({"DesiredVMCount": 1, "InstanceType": "a"})


def test_mapping_protocol_shows_exactly_the_set_keys() -> None:
    group = _group()

    assert isinstance(group, Mapping)
    assert isinstance(group, MutableMapping)
    assert not isinstance(group, dict)
    expected = {"DesiredVMCount": 1, "InstanceType": "a", "ResourceType": "OnDemand"}
    assert dict(group) == expected
    assert {key: group[key] for key in group} == expected
    assert dict(group.items()) == expected
    assert dict(zip(group.keys(), group.values(), strict=True)) == expected
    assert sorted(group) == sorted(expected)
    assert len(group) == 3
    assert "ResourceType" in group
    assert "ImageId" not in group
    assert "Nope" not in group
    assert _keywords(**group) == expected
    assert {**group} == expected


def _keywords(**fields: Any) -> dict[str, Any]:
    return fields


def test_mapping_nested_values_are_live() -> None:
    job = JobDescription(DAG=DAG({}))
    dict(job.items())["DAG"].add_task("x", {})
    next(value for value in job.values() if isinstance(value, DAG)).add_task("y", {})

    assert list(job.DAG.Tasks) == ["x", "y"]


def test_bool_of_an_object_is_always_true() -> None:
    assert bool(Job({}))
    assert bool(DAG())


def test_pop_unsets_and_returns() -> None:
    group = _group()

    assert group.pop("InstanceType") == "a"
    assert "InstanceType" not in group
    assert group.pop("InstanceType", "gone") == "gone"
    with pytest.raises(KeyError, match="InstanceType"):
        group.pop("InstanceType")


def test_popitem_until_empty_gives_every_item() -> None:
    group = _group()
    expected = dict(group)
    found = {}
    while len(group):
        key, value = group.popitem()
        found[key] = value

    assert found == expected
    with pytest.raises(KeyError):
        group.popitem()


def test_setdefault_sets_only_what_is_unset_and_checks_it() -> None:
    group = _group()

    assert group.setdefault("InstanceType", "b") == "a"
    assert group.setdefault("ImageId", "img-1") == "img-1"
    assert group.ImageId == "img-1"
    with pytest.raises(TypeError, match="Mode must be a string"):
        group.setdefault("Mode", 5)


def test_setdefault_of_an_unset_object_without_default_gives_a_live_one() -> None:
    job = JobDescription()
    job.setdefault("DAG").add_task("x", {})

    assert list(job.DAG.Tasks) == ["x"]


def test_clear_unsets_everything() -> None:
    job = JobDescription.from_dict({"Name": "a", "New": 1})
    job.clear()

    assert dict(job) == {}
    assert job.dump(None) == "{}"


def test_unknown_answer_fields_can_be_removed_like_others() -> None:
    job = JobDescription.from_dict({"Name": "a", "New": 1, "Newer": 2})

    assert job.pop("New") == 1
    del job["Newer"]
    assert dict(job) == {"Name": "a"}
    while len(job):
        job.popitem()
