"""Every operation of the API as a `Call`: arguments checked, request built, answer understood.

Nothing here waits or sends, so that the synchronous and the asynchronous client share all of it.
The generated endpoints build the requests; they are imported when an operation is first used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar, cast

from batchcompute_api import models
from batchcompute_api.types import UNSET, Unset

from batchcompute._http.request import Call
from batchcompute._http.response import Answer
from batchcompute._models.base import Jsonizable, parse_object
from batchcompute._models.warnings import warn
from batchcompute.client import responses
from batchcompute.client.responses import ActionResponse, CreateResponse, ListResponse
from batchcompute.exceptions import FieldError

_M = TypeVar("_M", bound=Jsonizable)

#: What names a resource: its id, or anything that has one (a response, a status, a mapping).
Ref = Any


# -- arguments ------------------------------------------------------------------------------------


def identifier(value: Any, what: str, key: str = "Id") -> str:
    """Return the id that an argument is or has.

    Args:
        value: Text, a number, an object with an attribute of that name, or a mapping with that key.
        what: Name of the argument, for the error.
        key: Attribute or key that holds the id.

    Raises:
        TypeError: There is no usable id in it.
    """
    found = given = value
    if isinstance(given, Mapping):
        content = cast("Mapping[str, Any]", given)
        found = content.get(key, content.get("Name"))
    elif not isinstance(value, str | int):
        found = getattr(value, key, None)
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    if not isinstance(found, str):
        raise TypeError(f"{what} must be an id or have one, not {type(value).__name__}")
    if not found.strip() or found in (".", ".."):
        raise TypeError(f"{what} must be a real id, not {found!r}")
    if not found.isascii():
        try:
            found.encode("utf-8")
        except UnicodeEncodeError:
            raise TypeError(f"{what} cannot be sent: {found!r} is no Unicode text") from None
    return found


def describe(cls: type[_M], value: Any) -> _M:
    """Return the description that an argument is or stands for.

    Args:
        cls: The description's class.
        value: An object of it, a dict, or JSON text.

    Raises:
        TypeError: It is something else, or a value in it has the wrong type.
        JsonError: The text is not JSON.
    """
    return value if isinstance(value, cls) else cls(value)


def describe_job(value: Any) -> models.JobDescription | models.AppJobDescription:
    """Return the job description that an argument is or stands for.

    A dict or text is a job of the type it names; of another or no type, one with an App and no DAG
    is an app job.
    """
    if isinstance(value, models.JobDescription | models.AppJobDescription):
        return value
    if isinstance(value, str | bytes):
        value = parse_object(value)
    if not isinstance(value, Mapping):
        raise TypeError(
            f"job_desc must be a description, a dict or JSON, not {type(value).__name__}"
        )
    content = cast("Mapping[str, Any]", value)
    if not _is_app_job(content):
        return models.JobDescription(content)
    # The class has no default for it. A type that nobody knows is for the service to judge.
    return models.AppJobDescription({**content, "Type": content.get("Type") or "App"})


def _is_app_job(content: Mapping[str, Any]) -> bool:
    """Whether the content of a job's description is that of an app job."""
    if content.get("Type") in ("App", "DAG"):
        return bool(content["Type"] == "App")
    return "App" in content and "DAG" not in content


def _given(value: object) -> Any:
    """Leave a blank optional parameter out of the request."""
    return UNSET if value is None or value == "" else value


def _token(token: object) -> str | Unset:
    return token if isinstance(token, str) and token else UNSET


def _marker(marker: object) -> str:
    # The first page is asked for with an empty marker, by some programs with 0 or None.
    return str(marker) if marker else ""


def page_marker(marker: Any, next_marker: Any) -> Any:
    """Return the marker of a page; the documentation calls the argument `next_marker`, too.

    Raises:
        TypeError: Both are given and differ.
    """
    if not next_marker:
        return marker
    if marker and str(marker) != str(next_marker):
        raise TypeError("marker and next_marker are the same argument, but have two values")
    return next_marker


def _check_filters(operation: str, filters: Mapping[str, Any], *known: str) -> None:
    """Warn about filters that nobody understands: without them, the list is longer than wanted."""
    for name in filters:
        if name not in known:
            warn(f"{operation} has no filter {name!r}; it is ignored. It has: {', '.join(known)}")


def _filter(own: object, filters: Mapping[str, Any], name: str) -> Any:
    """Return a filter given as an argument, or else under its wire name."""
    return _given(own if own not in ("", None) else filters.get(name))


def _flag(value: Any) -> Any:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower(), value)
    return value


# -- jobs -----------------------------------------------------------------------------------------


def create_job(job_desc: Any, token: str | None = "") -> Call[CreateResponse]:
    """Create a job from a validated description."""
    from batchcompute_api.api.jobs import create_job as endpoint

    body = describe_job(job_desc)
    body.validate()
    request = endpoint.get_kwargs(body=body, idempotent_token=_token(token))
    return Call("create_job", request, CreateResponse)


def create_job_sync(
    job_desc: Any, token: str | None = ""
) -> Call[responses.SynchronousInstanceResponse]:
    """Run an app job and wait for its result in the same request."""
    from batchcompute_api.api.jobs import create_job_sync as endpoint

    body = describe(models.AppJobDescription, job_desc)
    body.validate()
    request = endpoint.get_kwargs(body=body, idempotent_token=_token(token))
    return Call("create_job_sync", request, responses.SynchronousInstanceResponse.of)


def get_job(job: Ref) -> Call[responses.JobResponse]:
    """Get a job's state."""
    from batchcompute_api.api.jobs import get_job as endpoint

    request = endpoint.get_kwargs(identifier(job, "job"))
    return Call("get_job", request, responses.JobResponse.of)


def get_job_description(
    job: Ref,
) -> Call[responses.JobDescriptionResponse | responses.AppJobDescriptionResponse]:
    """Get the description that a job was created from."""
    from batchcompute_api.api.jobs import get_job_description as endpoint

    request = endpoint.get_kwargs(identifier(job, "job"))
    return Call("get_job_description", request, _read_job_description)


def _read_job_description(
    answer: Answer,
) -> responses.JobDescriptionResponse | responses.AppJobDescriptionResponse:
    if _is_app_job(answer.object()):
        return responses.AppJobDescriptionResponse.of(answer)
    return responses.JobDescriptionResponse.of(answer)


def change_job_priority(job: Ref, priority: Any) -> Call[ActionResponse]:
    """Change a job's priority."""
    from batchcompute_api.api.jobs import change_job_priority as endpoint

    if not isinstance(priority, int) or isinstance(priority, bool):
        raise TypeError(f"priority must be an integer, not {type(priority).__name__}")
    body = models.PriorityChange({"Priority": priority})
    request = endpoint.get_kwargs(identifier(job, "job"), body=body)
    return Call("change_job_priority", request, ActionResponse)


def start_job(job: Ref) -> Call[ActionResponse]:
    """Start a stopped or failed job again."""
    from batchcompute_api.api.jobs import start_job as endpoint

    return Call("start_job", endpoint.get_kwargs(identifier(job, "job")), ActionResponse)


def stop_job(job: Ref) -> Call[ActionResponse]:
    """Stop a job."""
    from batchcompute_api.api.jobs import stop_job as endpoint

    return Call("stop_job", endpoint.get_kwargs(identifier(job, "job")), ActionResponse)


def delete_job(job: Ref) -> Call[ActionResponse]:
    """Delete a job that has ended."""
    from batchcompute_api.api.jobs import delete_job as endpoint

    return Call("delete_job", endpoint.get_kwargs(identifier(job, "job")), ActionResponse)


def list_jobs(
    marker: Any = "",
    max_item_count: int = 50,
    state: str | None = "",
    cluster_id: str | None = "",
    project_id: str | None = "",
    **filters: Any,
) -> Call[ListResponse[models.Job]]:
    """List jobs."""
    from batchcompute_api.api.jobs import list_jobs as endpoint

    known = ("State", "ClusterId", "ProjectId", "OrderBy", "IsReverse")
    _check_filters("list_jobs", filters, *known)
    request = endpoint.get_kwargs(
        marker=_marker(marker),
        max_item_count=max_item_count,
        state=_filter(state, filters, "State"),
        cluster_id=_filter(cluster_id, filters, "ClusterId"),
        project_id=_filter(project_id, filters, "ProjectId"),
        order_by=_given(filters.get("OrderBy")),
        is_reverse=_flag(_given(filters.get("IsReverse"))),
    )
    return Call("list_jobs", request, responses.read_list(models.Job))


# -- tasks and instances --------------------------------------------------------------------------


def get_task(job: Ref, task_name: Ref) -> Call[responses.TaskResponse]:
    """Get a task's state."""
    from batchcompute_api.api.tasks import get_task as endpoint

    request = endpoint.get_kwargs(
        identifier(job, "job"), identifier(task_name, "task_name", "TaskName")
    )
    return Call("get_task", request, responses.TaskResponse.of)


def list_tasks(
    job: Ref,
    marker: Any = "",
    max_item_count: int = 50,
    state: str | None = "",
    cluster_id: str | None = "",
    **filters: Any,
) -> Call[ListResponse[models.Task]]:
    """List a job's tasks."""
    from batchcompute_api.api.tasks import list_tasks as endpoint

    _check_filters("list_tasks", filters, "State", "ClusterId")
    request = endpoint.get_kwargs(
        identifier(job, "job"),
        marker=_marker(marker),
        max_item_count=max_item_count,
        state=_filter(state, filters, "State"),
        cluster_id=_filter(cluster_id, filters, "ClusterId"),
    )
    return Call("list_tasks", request, responses.read_list(models.Task))


def get_instance(job: Ref, task_name: Ref, instance_id: Ref) -> Call[responses.InstanceResponse]:
    """Get the state of a task's instance."""
    from batchcompute_api.api.instances import get_instance as endpoint

    number = identifier(instance_id, "instance_id", "InstanceId")
    request = endpoint.get_kwargs(
        identifier(job, "job"),
        identifier(task_name, "task_name", "TaskName"),
        cast(int, number),  # the endpoint only writes it into the path
    )
    return Call("get_instance", request, responses.InstanceResponse.of)


def list_instances(
    job: Ref,
    task_name: Ref,
    marker: Any = "",
    max_item_count: int = 50,
    state: str | None = "",
    **filters: Any,
) -> Call[ListResponse[models.Instance]]:
    """List a task's instances."""
    from batchcompute_api.api.instances import list_instances as endpoint

    _check_filters("list_instances", filters, "State")
    request = endpoint.get_kwargs(
        identifier(job, "job"),
        identifier(task_name, "task_name", "TaskName"),
        marker=_marker(marker),
        max_item_count=max_item_count,
        state=_filter(state, filters, "State"),
    )
    return Call("list_instances", request, responses.read_list(models.Instance))


# -- clusters -------------------------------------------------------------------------------------


def create_cluster(cluster_desc: Any, token: str | None = "") -> Call[CreateResponse]:
    """Create a cluster from a validated description."""
    from batchcompute_api.api.clusters import create_cluster as endpoint

    body = describe(models.ClusterDescription, cluster_desc)
    body.validate()
    request = endpoint.get_kwargs(body=body, idempotent_token=_token(token))
    return Call("create_cluster", request, CreateResponse)


def get_cluster(cluster: Ref) -> Call[responses.ClusterResponse]:
    """Get a cluster's state."""
    from batchcompute_api.api.clusters import get_cluster as endpoint

    request = endpoint.get_kwargs(identifier(cluster, "cluster"))
    return Call("get_cluster", request, responses.ClusterResponse.of)


def list_clusters(marker: Any = "", max_item_count: int = 50) -> Call[ListResponse[models.Cluster]]:
    """List clusters."""
    from batchcompute_api.api.clusters import list_clusters as endpoint

    request = endpoint.get_kwargs(marker=_marker(marker), max_item_count=max_item_count)
    return Call("list_clusters", request, responses.read_list(models.Cluster))


def delete_cluster(cluster: Ref) -> Call[ActionResponse]:
    """Delete a cluster."""
    from batchcompute_api.api.clusters import delete_cluster as endpoint

    request = endpoint.get_kwargs(identifier(cluster, "cluster"))
    return Call("delete_cluster", request, ActionResponse)


def modify_cluster(cluster: Ref, modify_cluster_desc: Any) -> Call[ActionResponse]:
    """Change a cluster; what the description leaves out stays as it is."""
    from batchcompute_api.api.clusters import modify_cluster as endpoint

    body = describe(models.ModifyClusterDescription, modify_cluster_desc)
    body.validate()
    request = endpoint.get_kwargs(identifier(cluster, "cluster"), body=body)
    return Call("modify_cluster", request, ActionResponse)


def change_cluster_desired_vm_count(
    cluster: Ref, groups: Mapping[str, Any]
) -> Call[ActionResponse]:
    """Change how many VMs groups shall have."""
    for name, count in groups.items():
        if not isinstance(count, int) or isinstance(count, bool):
            raise TypeError(f"{name} must be an integer, not {type(count).__name__}")
    changes = {name: {"DesiredVMCount": count} for name, count in groups.items()}
    return modify_cluster(cluster, {"Groups": changes})


def change_cluster_spot_config(
    cluster: Ref, group_name: str, strategy: str | None = "", price_limit: float | None = 0.0
) -> Call[ActionResponse]:
    """Change a group's spot strategy and price limit; what is empty stays as it is."""
    if not group_name:
        raise FieldError("group_name")
    change: dict[str, Any] = {}
    if strategy:
        change["SpotStrategy"] = strategy
    if price_limit:
        change["SpotPriceLimit"] = float(price_limit)
    return modify_cluster(cluster, {"Groups": {group_name: change}})


def change_cluster_map(
    cluster: Ref,
    field: Literal["UserData", "EnvVars", "InputMapping"],
    data: Any,
) -> Call[ActionResponse]:
    """Replace one of a cluster's maps; None empties it."""
    if data is not None and not isinstance(data, Mapping):
        raise TypeError(f"data must be a dict, not {type(data).__name__}")
    # Only the one map goes out: an empty Groups beside it would be a change of its own.
    body = models.ModifyClusterDescription({field: data or {}})
    del body["Groups"]
    return modify_cluster(cluster, body)


def get_cluster_instance(
    cluster_id: Ref, group_name: str, instance_id: Ref
) -> Call[responses.ClusterInstanceResponse]:
    """Get the state of a VM."""
    from batchcompute_api.api.cluster_instances import get_cluster_instance as endpoint

    request = endpoint.get_kwargs(*_vm(cluster_id, group_name, instance_id))
    return Call("get_cluster_instance", request, responses.ClusterInstanceResponse.of)


def delete_cluster_instance(
    cluster_id: Ref, group_name: str, instance_id: Ref
) -> Call[ActionResponse]:
    """Remove a VM; its group gets smaller."""
    from batchcompute_api.api.cluster_instances import delete_cluster_instance as endpoint

    request = endpoint.get_kwargs(*_vm(cluster_id, group_name, instance_id))
    return Call("delete_cluster_instance", request, ActionResponse)


def recreate_cluster_instance(
    cluster_id: Ref, group_name: str, instance_id: Ref
) -> Call[ActionResponse]:
    """Replace a VM by a new one."""
    from batchcompute_api.api.cluster_instances import recreate_cluster_instance as endpoint

    request = endpoint.get_kwargs(*_vm(cluster_id, group_name, instance_id))
    return Call("recreate_cluster_instance", request, ActionResponse)


def list_cluster_instances(
    cluster_id: Ref, group_name: str, marker: Any = "", max_item_count: int = 50
) -> Call[ListResponse[models.ClusterInstance]]:
    """List a group's VMs."""
    from batchcompute_api.api.cluster_instances import list_cluster_instances as endpoint

    request = endpoint.get_kwargs(
        identifier(cluster_id, "cluster_id"),
        identifier(group_name, "group_name"),
        marker=_marker(marker),
        max_item_count=max_item_count,
    )
    return Call("list_cluster_instances", request, responses.read_list(models.ClusterInstance))


def _vm(cluster_id: Ref, group_name: str, instance_id: Ref) -> tuple[str, str, str]:
    return (
        identifier(cluster_id, "cluster_id"),
        identifier(group_name, "group_name"),
        identifier(instance_id, "instance_id"),
    )


# -- images ---------------------------------------------------------------------------------------


def create_image(image_desc: Any, token: str | None = "") -> Call[CreateResponse]:
    """Register an image from a validated description."""
    from batchcompute_api.api.images import create_image as endpoint

    body = describe(models.ImageDescription, image_desc)
    body.validate()
    request = endpoint.get_kwargs(body=body, idempotent_token=_token(token))
    return Call("create_image", request, CreateResponse)


def get_image(image: Ref) -> Call[responses.ImageResponse]:
    """Get an image."""
    from batchcompute_api.api.images import get_image as endpoint

    request = endpoint.get_kwargs(identifier(image, "image"))
    return Call("get_image", request, responses.ImageResponse.of)


def list_images(
    marker: Any = "", max_item_count: int = 50, type_: str | None = ""
) -> Call[ListResponse[models.Image]]:
    """List images."""
    from batchcompute_api.api.images import list_images as endpoint

    # The one type that the service was ever asked for; own images are what it lists without.
    wanted = "System" if type_ == "System" else ""
    if not wanted and type_ not in ("", "Self", None):
        warn(f"list_images has no type {type_!r}; it is ignored. It has: System, Self")
    request = endpoint.get_kwargs(
        marker=_marker(marker), max_item_count=max_item_count, type_=_given(wanted)
    )
    return Call("list_images", request, responses.read_list(models.Image))


def delete_image(image: Ref) -> Call[ActionResponse]:
    """Remove an image's registration."""
    from batchcompute_api.api.images import delete_image as endpoint

    return Call("delete_image", endpoint.get_kwargs(identifier(image, "image")), ActionResponse)


# -- apps -----------------------------------------------------------------------------------------


def create_app(app_desc: Any, token: str | None = "") -> Call[CreateResponse]:
    """Create an app from a validated description."""
    from batchcompute_api.api.apps import create_app as endpoint

    body = describe(models.AppDescription, app_desc)
    body.validate()
    request = endpoint.get_kwargs(body=body, idempotent_token=_token(token))
    return Call("create_app", request, CreateResponse)


def get_app(app_name: Ref, scope: str = "Private") -> Call[responses.AppResponse]:
    """Get an app's public face."""
    from batchcompute_api.api.apps import get_app as endpoint

    if scope not in ("Private", "Public"):
        raise FieldError(f"scope must be Private or Public, not {scope!r}")
    request = endpoint.get_kwargs(_app(app_name), scope=cast(Any, scope))
    return Call("get_app", request, responses.AppResponse.of)


def get_app_detail(app: Ref, qualifier: Any = "") -> Call[responses.AppDescriptionResponse]:
    """Get a revision of an app in full."""
    from batchcompute_api.api.apps import get_app_detail as endpoint

    request = endpoint.get_kwargs(_app(app), qualifier=_qualifier(qualifier))
    return Call("get_app_detail", request, responses.AppDescriptionResponse.of)


def get_app_revisions(app_name: Ref) -> Call[ListResponse[models.AppRevision]]:
    """List an app's revisions."""
    from batchcompute_api.api.apps import get_app_revisions as endpoint

    request = endpoint.get_kwargs(_app(app_name))
    return Call("get_app_revisions", request, responses.read_list(models.AppRevision))


def list_apps(
    scope: str = "Private", marker: Any = "", max_item_count: int = 50
) -> Call[ListResponse[models.App]]:
    """List apps."""
    from batchcompute_api.api.apps import list_apps as endpoint

    request = endpoint.get_kwargs(
        scope=cast(Any, scope), marker=_marker(marker), max_item_count=max_item_count
    )
    return Call("list_apps", request, responses.read_list(models.App))


def modify_app(app_name: Ref, app_desc: Any) -> Call[ActionResponse]:
    """Add a revision to an app."""
    from batchcompute_api.api.apps import modify_app as endpoint

    body = describe(models.AppDescription, app_desc)
    return Call("modify_app", endpoint.get_kwargs(_app(app_name), body=body), ActionResponse)


def delete_app(app_name: Ref, qualifier: Any = "") -> Call[ActionResponse]:
    """Delete a revision of an app, or all of it."""
    from batchcompute_api.api.apps import delete_app as endpoint

    request = endpoint.get_kwargs(_app(app_name), qualifier=_qualifier(qualifier))
    return Call("delete_app", request, ActionResponse)


def _qualifier(qualifier: Any) -> str:
    return "" if qualifier is None else str(qualifier)


def _app(app: Ref) -> str:
    has_id = isinstance(app, str | Mapping) or hasattr(app, "Id")
    return identifier(app, "app_name", "Id" if has_id else "Name")


# -- account --------------------------------------------------------------------------------------


def get_quotas() -> Call[responses.QuotaResponse]:
    """Get what the account may use."""
    from batchcompute_api.api.account import get_quotas as endpoint

    return Call("get_quotas", endpoint.get_kwargs(), responses.QuotaResponse.of)


def get_available_resource() -> Call[responses.AvailableResourceResponse]:
    """Get the VM, disk and resource types on offer."""
    from batchcompute_api.api.account import get_available_resource as endpoint

    request = endpoint.get_kwargs()
    return Call("get_available_resource", request, responses.AvailableResourceResponse.of)
