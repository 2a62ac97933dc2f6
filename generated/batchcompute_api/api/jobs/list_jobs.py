# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.job_list import JobList
from ...models.job_order_key import JobOrderKey
from ...models.job_state import JobState
from ...types import UNSET, Response, Unset


def get_kwargs(
    *,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
    state: JobState | Unset = UNSET,
    cluster_id: str | Unset = UNSET,
    project_id: str | Unset = UNSET,
    order_by: JobOrderKey | Unset = UNSET,
    is_reverse: bool | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["Marker"] = marker

    params["MaxItemCount"] = max_item_count

    json_state: str | Unset = UNSET
    if not isinstance(state, Unset):
        json_state = state

    params["State"] = json_state

    params["ClusterId"] = cluster_id

    params["ProjectId"] = project_id

    json_order_by: str | Unset = UNSET
    if not isinstance(order_by, Unset):
        json_order_by = order_by

    params["OrderBy"] = json_order_by

    params["IsReverse"] = is_reverse

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/jobs",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> JobList | None:
    if response.status_code == 200:
        response_200 = JobList.from_dict(response.json())

        return response_200

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[JobList]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
    state: JobState | Unset = UNSET,
    cluster_id: str | Unset = UNSET,
    project_id: str | Unset = UNSET,
    order_by: JobOrderKey | Unset = UNSET,
    is_reverse: bool | Unset = UNSET,
) -> Response[JobList]:
    """List jobs

     List the caller's jobs, one page at a time, ascending by id unless OrderBy and IsReverse say
    otherwise. An unknown value of State is refused with 400 InvalidState, a MaxItemCount out of range
    with 400 InvalidMaxItemCount.

    Args:
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.
        state (JobState | Unset): State of a job, task or instance. Waiting and Running go on by
            themselves; Finished is final; Failed and Stopped last until the job is started again.
        cluster_id (str | Unset):
        project_id (str | Unset):
        order_by (JobOrderKey | Unset): What a list of jobs can be sorted by.
        is_reverse (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[JobList]
    """

    kwargs = get_kwargs(
        marker=marker,
        max_item_count=max_item_count,
        state=state,
        cluster_id=cluster_id,
        project_id=project_id,
        order_by=order_by,
        is_reverse=is_reverse,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
    state: JobState | Unset = UNSET,
    cluster_id: str | Unset = UNSET,
    project_id: str | Unset = UNSET,
    order_by: JobOrderKey | Unset = UNSET,
    is_reverse: bool | Unset = UNSET,
) -> JobList | None:
    """List jobs

     List the caller's jobs, one page at a time, ascending by id unless OrderBy and IsReverse say
    otherwise. An unknown value of State is refused with 400 InvalidState, a MaxItemCount out of range
    with 400 InvalidMaxItemCount.

    Args:
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.
        state (JobState | Unset): State of a job, task or instance. Waiting and Running go on by
            themselves; Finished is final; Failed and Stopped last until the job is started again.
        cluster_id (str | Unset):
        project_id (str | Unset):
        order_by (JobOrderKey | Unset): What a list of jobs can be sorted by.
        is_reverse (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        JobList
    """

    return sync_detailed(
        client=client,
        marker=marker,
        max_item_count=max_item_count,
        state=state,
        cluster_id=cluster_id,
        project_id=project_id,
        order_by=order_by,
        is_reverse=is_reverse,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
    state: JobState | Unset = UNSET,
    cluster_id: str | Unset = UNSET,
    project_id: str | Unset = UNSET,
    order_by: JobOrderKey | Unset = UNSET,
    is_reverse: bool | Unset = UNSET,
) -> Response[JobList]:
    """List jobs

     List the caller's jobs, one page at a time, ascending by id unless OrderBy and IsReverse say
    otherwise. An unknown value of State is refused with 400 InvalidState, a MaxItemCount out of range
    with 400 InvalidMaxItemCount.

    Args:
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.
        state (JobState | Unset): State of a job, task or instance. Waiting and Running go on by
            themselves; Finished is final; Failed and Stopped last until the job is started again.
        cluster_id (str | Unset):
        project_id (str | Unset):
        order_by (JobOrderKey | Unset): What a list of jobs can be sorted by.
        is_reverse (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[JobList]
    """

    kwargs = get_kwargs(
        marker=marker,
        max_item_count=max_item_count,
        state=state,
        cluster_id=cluster_id,
        project_id=project_id,
        order_by=order_by,
        is_reverse=is_reverse,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
    state: JobState | Unset = UNSET,
    cluster_id: str | Unset = UNSET,
    project_id: str | Unset = UNSET,
    order_by: JobOrderKey | Unset = UNSET,
    is_reverse: bool | Unset = UNSET,
) -> JobList | None:
    """List jobs

     List the caller's jobs, one page at a time, ascending by id unless OrderBy and IsReverse say
    otherwise. An unknown value of State is refused with 400 InvalidState, a MaxItemCount out of range
    with 400 InvalidMaxItemCount.

    Args:
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.
        state (JobState | Unset): State of a job, task or instance. Waiting and Running go on by
            themselves; Finished is final; Failed and Stopped last until the job is started again.
        cluster_id (str | Unset):
        project_id (str | Unset):
        order_by (JobOrderKey | Unset): What a list of jobs can be sorted by.
        is_reverse (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        JobList
    """

    return (
        await asyncio_detailed(
            client=client,
            marker=marker,
            max_item_count=max_item_count,
            state=state,
            cluster_id=cluster_id,
            project_id=project_id,
            order_by=order_by,
            is_reverse=is_reverse,
        )
    ).parsed
