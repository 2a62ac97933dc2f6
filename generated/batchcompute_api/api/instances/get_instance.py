# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.instance import Instance
from ...types import Response


def get_kwargs(
    job_id: str,
    task_name: str,
    instance_id: int,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/jobs/{job_id}/tasks/{task_name}/instances/{instance_id}".format(
            job_id=quote(str(job_id), safe=""),
            task_name=quote(str(task_name), safe=""),
            instance_id=quote(str(instance_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Instance | None:
    if response.status_code == 200:
        response_200 = Instance.from_dict(response.json())

        return response_200

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Instance]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    job_id: str,
    task_name: str,
    instance_id: int,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Instance]:
    """Get the status of an instance

     Get state, times, result and log places of one instance of a task.

    Args:
        job_id (str):
        task_name (str):
        instance_id (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Instance]
    """

    kwargs = get_kwargs(
        job_id=job_id,
        task_name=task_name,
        instance_id=instance_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    job_id: str,
    task_name: str,
    instance_id: int,
    *,
    client: AuthenticatedClient | Client,
) -> Instance | None:
    """Get the status of an instance

     Get state, times, result and log places of one instance of a task.

    Args:
        job_id (str):
        task_name (str):
        instance_id (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Instance
    """

    return sync_detailed(
        job_id=job_id,
        task_name=task_name,
        instance_id=instance_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    job_id: str,
    task_name: str,
    instance_id: int,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Instance]:
    """Get the status of an instance

     Get state, times, result and log places of one instance of a task.

    Args:
        job_id (str):
        task_name (str):
        instance_id (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Instance]
    """

    kwargs = get_kwargs(
        job_id=job_id,
        task_name=task_name,
        instance_id=instance_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    job_id: str,
    task_name: str,
    instance_id: int,
    *,
    client: AuthenticatedClient | Client,
) -> Instance | None:
    """Get the status of an instance

     Get state, times, result and log places of one instance of a task.

    Args:
        job_id (str):
        task_name (str):
        instance_id (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Instance
    """

    return (
        await asyncio_detailed(
            job_id=job_id,
            task_name=task_name,
            instance_id=instance_id,
            client=client,
        )
    ).parsed
