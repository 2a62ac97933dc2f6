"""Positional order and keyword names of every method, against the documentation's tables."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from batchcompute import Client
from batchcompute.exceptions import BatchComputeWarning

from .conftest import Service

#: Method -> its documented parameters: `name` is required there, `name=default` is not, and
#: `**name` collects keywords. Ours may have more defaults, and keyword-only options behind them.
DOCUMENTED = {
    "create_job": "job_desc token='' sync=False",
    "get_job": "job",
    "get_job_description": "job",
    "change_job_priority": "job priority",
    "start_job": "job",
    "stop_job": "job",
    "delete_job": "job",
    "list_jobs": "marker max_item_count state='' cluster_id='' project_id='' **filters",
    "get_task": "job task_name",
    "list_tasks": "job marker max_item_count state='' cluster_id='' **filters",
    "get_instance": "job task_name instance_id",
    "list_instances": "job task_name marker max_item_count state='' **filters",
    "create_image": "image_desc token=''",
    "delete_image": "image",
    "get_image": "image",
    "list_images": "marker max_item_count type_=''",
    "create_cluster": "cluster_desc token=''",
    "change_cluster_desired_vm_count": "cluster **kwargs",
    "delete_cluster": "cluster",
    "get_cluster": "cluster",
    "list_clusters": "marker max_item_count",
    "get_cluster_instance": "cluster_id group_name instance_id",
    "recreate_cluster_instance": "cluster_id group_name instance_id",
    "delete_cluster_instance": "cluster_id group_name instance_id",
    "list_cluster_instances": "cluster_id group_name marker max_item_count",
    "modify_cluster": "cluster modify_cluster_desc",
    "change_cluster_spot_config": "cluster group_name strategy='' price_limit=0.0",
    "change_cluster_user_data": "cluster data={}",
    "change_cluster_env_vars": "cluster data={}",
    "change_cluster_input_mapping": "cluster data={}",
    "create_app": "app_desc token=''",
    "delete_app": "app_name qualifier=''",
    "get_app": "app_name scope='Private'",
    "get_app_detail": "app qualifier=''",
    "get_app_revisions": "app_name",
    "list_apps": "scope='Private' marker='' max_item_count=50",
    "modify_app": "app_name app_desc",
    "get_quotas": "",
    "get_available_resource": "",
    "easy_list": "resource_type *resource_info **filters",
    "poll": "job_ids timeout=86400 interval=3",
    "register_region": "region_name url port=80",
    "get_regions": "",
    "get_version": "",
    "set_version": "value",
}
_KINDS = {
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "",
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.VAR_KEYWORD: "**",
}


def _parameters(method: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    found = dict(inspect.signature(method).parameters)
    found.pop("self", None)
    return found


def _named(parameters: dict[str, inspect.Parameter]) -> list[str]:
    """Return the names that the documentation could have, in order, with their stars."""
    return [
        _KINDS[parameter.kind] + name
        for name, parameter in parameters.items()
        if parameter.kind in _KINDS
    ]


@pytest.mark.parametrize("name", DOCUMENTED)
def test_method_has_the_documented_order_names_and_defaults(name: str) -> None:
    documented = [entry.partition("=") for entry in DOCUMENTED[name].split()]
    parameters = _parameters(getattr(Client, name))

    assert _named(parameters) == [parameter for parameter, _, _ in documented]
    for parameter, _, default in documented:
        if default and default != "{}":
            assert parameters[parameter].default == eval(default), parameter
        if default == "{}":  # no mutable default, but an argument that may be left out
            assert parameters[parameter].default is None, parameter


def test_what_is_added_to_a_method_is_keyword_only() -> None:
    for name in DOCUMENTED:
        extra = [
            parameter
            for parameter in _parameters(getattr(Client, name)).values()
            if parameter.kind not in _KINDS
        ]
        assert all(
            parameter.kind is inspect.Parameter.KEYWORD_ONLY
            and parameter.default is not inspect.Parameter.empty
            for parameter in extra
        ), name


def test_constructor_has_the_documented_order_and_collects_headers() -> None:
    names = _named(_parameters(Client))

    assert names == [
        "region",
        "access_key_id",
        "access_key_secret",
        "security_token",
        "security_conn",
        "human_readable",
        "**headers",
    ]


def test_region_methods_work_on_the_class_and_version_is_a_property() -> None:
    assert inspect.getattr_static(Client, "register_region").__class__ is staticmethod
    assert inspect.getattr_static(Client, "get_regions").__class__ is staticmethod
    assert isinstance(inspect.getattr_static(Client, "version"), property)


# -- markers and filters --------------------------------------------------------------------------

_LISTS: dict[str, tuple[Any, ...]] = {
    "list_jobs": (),
    "list_tasks": ("job-1",),
    "list_instances": ("job-1", "a"),
    "list_clusters": (),
    "list_cluster_instances": ("cls-1", "g"),
    "list_images": (),
    "list_apps": (),
}


@pytest.fixture(autouse=True)
def empty_lists(service: Service) -> None:
    for path in (
        "/jobs",
        "/jobs/job-1/tasks",
        "/jobs/job-1/tasks/a/instances",
        "/clusters",
        "/clusters/cls-1/groups/g/instances",
        "/images",
        "/apps",
    ):
        service.routes[f"GET {path}"] = {"Items": [], "NextMarker": ""}


@pytest.mark.parametrize("name", _LISTS)
@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({}, ""),
        ({"marker": None}, ""),
        ({"marker": ""}, ""),
        ({"marker": 0}, ""),
        ({"marker": 100}, "100"),
        ({"marker": "m"}, "m"),
        ({"next_marker": "m"}, "m"),
        ({"next_marker": ""}, ""),
        ({"next_marker": 7}, "7"),
        ({"marker": "m", "next_marker": "m"}, "m"),
    ],
)
def test_marker_of_each_list_has_two_names_and_may_be_a_number(
    client: Client, service: Service, name: str, options: dict[str, Any], sent: str
) -> None:
    page = getattr(client, name)(*_LISTS[name], **options)

    assert service.last.url.params["Marker"] == sent
    assert service.last.url.params["MaxItemCount"] == "50"
    assert page.NextMarker == ""


@pytest.mark.parametrize("name", _LISTS)
def test_two_different_markers_are_refused(client: Client, service: Service, name: str) -> None:
    with pytest.raises(TypeError, match="same argument"):
        getattr(client, name)(*_LISTS[name], marker="a", next_marker="b")
    assert service.requests == []


@pytest.mark.parametrize("name", ["list_jobs", "list_tasks", "list_instances"])
def test_unknown_filter_is_ignored_with_a_warning_at_the_callers_line(
    client: Client, service: Service, name: str
) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        getattr(client, name)(*_LISTS[name], "", 10, Satte="Running")

    assert [(entry.category, entry.filename) for entry in caught] == [
        (BatchComputeWarning, __file__)
    ]
    assert f"{name} has no filter 'Satte'" in str(caught[0].message)
    assert set(service.last.url.params) == {"Marker", "MaxItemCount"}


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        ({"State": "Running"}, {"State": "Running"}),
        ({"state": "Failed", "State": "Running"}, {"State": "Failed"}),
        ({"state": "", "State": "Running"}, {"State": "Running"}),
        ({"State": ""}, {}),
        ({"State": None}, {}),
        ({"ClusterId": "cls-1", "ProjectId": "p"}, {"ClusterId": "cls-1", "ProjectId": "p"}),
        ({"cluster_id": "cls-1", "project_id": "p"}, {"ClusterId": "cls-1", "ProjectId": "p"}),
        ({"OrderBy": "Id", "IsReverse": True}, {"OrderBy": "Id", "IsReverse": "true"}),
        ({"IsReverse": "True"}, {"IsReverse": "true"}),
        ({"IsReverse": False}, {"IsReverse": "false"}),
    ],
)
def test_filters_of_jobs_are_sent_under_their_wire_names(
    client: Client, service: Service, filters: dict[str, Any], query: dict[str, str]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        client.list_jobs("", 10, **filters)

    sent = dict(service.last.url.params)
    assert {name: sent[name] for name in sent.keys() - {"Marker", "MaxItemCount"}} == query
