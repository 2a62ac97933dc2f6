# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.job_state import JobState
from ...models.task_list import TaskList
from ...types import UNSET, Response, Unset


def get_kwargs(
    job_id: str,
    *,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
    state: JobState | Unset = UNSET,
    cluster_id: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["Marker"] = marker

    params["MaxItemCount"] = max_item_count

    json_state: str | Unset = UNSET
    if not isinstance(state, Unset):
        json_state = state

    params["State"] = json_state

    params["ClusterId"] = cluster_id

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/jobs/{job_id}/tasks".format(
            job_id=quote(str(job_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> TaskList | None:
    if response.status_code == 200:
        response_200 = TaskList.from_dict(response.json())

        return response_200

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[TaskList]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    job_id: str,
    *,
    client: AuthenticatedClient | Client,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
    state: JobState | Unset = UNSET,
    cluster_id: str | Unset = UNSET,
) -> Response[TaskList]:
    """List the tasks of a job

     List the tasks of a job, one page at a time, in an order that stays the same between calls.

    Args:
        job_id (str):
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.
        state (JobState | Unset): State of a job, task or instance. Waiting and Running go on by
            themselves; Finished is final; Failed and Stopped last until the job is started again.
        cluster_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[TaskList]
    """

    kwargs = get_kwargs(
        job_id=job_id,
        marker=marker,
        max_item_count=max_item_count,
        state=state,
        cluster_id=cluster_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    job_id: str,
    *,
    client: AuthenticatedClient | Client,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
    state: JobState | Unset = UNSET,
    cluster_id: str | Unset = UNSET,
) -> TaskList | None:
    """List the tasks of a job

     List the tasks of a job, one page at a time, in an order that stays the same between calls.

    Args:
        job_id (str):
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.
        state (JobState | Unset): State of a job, task or instance. Waiting and Running go on by
            themselves; Finished is final; Failed and Stopped last until the job is started again.
        cluster_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        TaskList
    """

    return sync_detailed(
        job_id=job_id,
        client=client,
        marker=marker,
        max_item_count=max_item_count,
        state=state,
        cluster_id=cluster_id,
    ).parsed


async def asyncio_detailed(
    job_id: str,
    *,
    client: AuthenticatedClient | Client,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
    state: JobState | Unset = UNSET,
    cluster_id: str | Unset = UNSET,
) -> Response[TaskList]:
    """List the tasks of a job

     List the tasks of a job, one page at a time, in an order that stays the same between calls.

    Args:
        job_id (str):
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.
        state (JobState | Unset): State of a job, task or instance. Waiting and Running go on by
            themselves; Finished is final; Failed and Stopped last until the job is started again.
        cluster_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[TaskList]
    """

    kwargs = get_kwargs(
        job_id=job_id,
        marker=marker,
        max_item_count=max_item_count,
        state=state,
        cluster_id=cluster_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    job_id: str,
    *,
    client: AuthenticatedClient | Client,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
    state: JobState | Unset = UNSET,
    cluster_id: str | Unset = UNSET,
) -> TaskList | None:
    """List the tasks of a job

     List the tasks of a job, one page at a time, in an order that stays the same between calls.

    Args:
        job_id (str):
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.
        state (JobState | Unset): State of a job, task or instance. Waiting and Running go on by
            themselves; Finished is final; Failed and Stopped last until the job is started again.
        cluster_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        TaskList
    """

    return (
        await asyncio_detailed(
            job_id=job_id,
            client=client,
            marker=marker,
            max_item_count=max_item_count,
            state=state,
            cluster_id=cluster_id,
        )
    ).parsed
