# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.task import Task
from ...types import Response


def get_kwargs(
    job_id: str,
    task_name: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/jobs/{job_id}/tasks/{task_name}".format(
            job_id=quote(str(job_id), safe=""),
            task_name=quote(str(task_name), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Task | None:
    if response.status_code == 200:
        response_200 = Task.from_dict(response.json())

        return response_200

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Task]:
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
) -> Response[Task]:
    """Get the status of a task

     Get state, times and counters of a task. 404 InvalidResource.NotFound if the job or the task does
    not exist.

    Args:
        job_id (str):
        task_name (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Task]
    """

    kwargs = get_kwargs(
        job_id=job_id,
        task_name=task_name,
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
) -> Task | None:
    """Get the status of a task

     Get state, times and counters of a task. 404 InvalidResource.NotFound if the job or the task does
    not exist.

    Args:
        job_id (str):
        task_name (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Task
    """

    return sync_detailed(
        job_id=job_id,
        task_name=task_name,
        client=client,
    ).parsed


async def asyncio_detailed(
    job_id: str,
    task_name: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Task]:
    """Get the status of a task

     Get state, times and counters of a task. 404 InvalidResource.NotFound if the job or the task does
    not exist.

    Args:
        job_id (str):
        task_name (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Task]
    """

    kwargs = get_kwargs(
        job_id=job_id,
        task_name=task_name,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    job_id: str,
    task_name: str,
    *,
    client: AuthenticatedClient | Client,
) -> Task | None:
    """Get the status of a task

     Get state, times and counters of a task. 404 InvalidResource.NotFound if the job or the task does
    not exist.

    Args:
        job_id (str):
        task_name (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Task
    """

    return (
        await asyncio_detailed(
            job_id=job_id,
            task_name=task_name,
            client=client,
        )
    ).parsed
