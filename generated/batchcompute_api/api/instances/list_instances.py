# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.instance_list import InstanceList
from ...models.job_state import JobState
from ...types import UNSET, Response, Unset


def get_kwargs(
    job_id: str,
    task_name: str,
    *,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
    state: JobState | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["Marker"] = marker

    params["MaxItemCount"] = max_item_count

    json_state: str | Unset = UNSET
    if not isinstance(state, Unset):
        json_state = state

    params["State"] = json_state

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/jobs/{job_id}/tasks/{task_name}/instances".format(
            job_id=quote(str(job_id), safe=""),
            task_name=quote(str(task_name), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> InstanceList | None:
    if response.status_code == 200:
        response_200 = InstanceList.from_dict(response.json())

        return response_200

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[InstanceList]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    job_id: str,
    task_name: str,
    *,
    client: AuthenticatedClient | Client,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
    state: JobState | Unset = UNSET,
) -> Response[InstanceList]:
    """List the instances of a task

     List the instances of a task by ascending number, one page at a time. Markers of this list are
    integers as text; the last page has the marker "" or the number 0.

    Args:
        job_id (str):
        task_name (str):
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.
        state (JobState | Unset): State of a job, task or instance. Waiting and Running go on by
            themselves; Finished is final; Failed and Stopped last until the job is started again.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[InstanceList]
    """

    kwargs = get_kwargs(
        job_id=job_id,
        task_name=task_name,
        marker=marker,
        max_item_count=max_item_count,
        state=state,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    job_id: str,
    task_name: str,
    *,
    client: AuthenticatedClient | Client,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
    state: JobState | Unset = UNSET,
) -> InstanceList | None:
    """List the instances of a task

     List the instances of a task by ascending number, one page at a time. Markers of this list are
    integers as text; the last page has the marker "" or the number 0.

    Args:
        job_id (str):
        task_name (str):
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.
        state (JobState | Unset): State of a job, task or instance. Waiting and Running go on by
            themselves; Finished is final; Failed and Stopped last until the job is started again.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        InstanceList
    """

    return sync_detailed(
        job_id=job_id,
        task_name=task_name,
        client=client,
        marker=marker,
        max_item_count=max_item_count,
        state=state,
    ).parsed


async def asyncio_detailed(
    job_id: str,
    task_name: str,
    *,
    client: AuthenticatedClient | Client,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
    state: JobState | Unset = UNSET,
) -> Response[InstanceList]:
    """List the instances of a task

     List the instances of a task by ascending number, one page at a time. Markers of this list are
    integers as text; the last page has the marker "" or the number 0.

    Args:
        job_id (str):
        task_name (str):
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.
        state (JobState | Unset): State of a job, task or instance. Waiting and Running go on by
            themselves; Finished is final; Failed and Stopped last until the job is started again.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[InstanceList]
    """

    kwargs = get_kwargs(
        job_id=job_id,
        task_name=task_name,
        marker=marker,
        max_item_count=max_item_count,
        state=state,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    job_id: str,
    task_name: str,
    *,
    client: AuthenticatedClient | Client,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
    state: JobState | Unset = UNSET,
) -> InstanceList | None:
    """List the instances of a task

     List the instances of a task by ascending number, one page at a time. Markers of this list are
    integers as text; the last page has the marker "" or the number 0.

    Args:
        job_id (str):
        task_name (str):
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.
        state (JobState | Unset): State of a job, task or instance. Waiting and Running go on by
            themselves; Finished is final; Failed and Stopped last until the job is started again.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        InstanceList
    """

    return (
        await asyncio_detailed(
            job_id=job_id,
            task_name=task_name,
            client=client,
            marker=marker,
            max_item_count=max_item_count,
            state=state,
        )
    ).parsed
