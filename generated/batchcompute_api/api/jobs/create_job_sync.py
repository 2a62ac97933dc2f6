# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.app_job_description import AppJobDescription
from ...models.synchronous_instance import SynchronousInstance
from ...types import UNSET, Response, Unset


def get_kwargs(
    *,
    body: AppJobDescription,
    idempotent_token: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    params["IdempotentToken"] = idempotent_token

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/jobs",
        "params": {**params, **{"sync": ""}},
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> SynchronousInstance | None:
    if response.status_code == 200:
        response_200 = SynchronousInstance.from_dict(response.json())

        return response_200

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[SynchronousInstance]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: AppJobDescription,
    idempotent_token: str | Unset = UNSET,
) -> Response[SynchronousInstance]:
    """Run an App and wait for it

     Start a job from an App and wait until it has ended. The answer is the run itself, not an
    id. Only App jobs can be run this way. The key sync has no value; a server recognises the
    variant by the presence of the key. The connection stays open for as long as the run takes,
    so a client needs a long read timeout.

    The status of success is 200; no source but a client that accepts every 2xx speaks about it.

    Args:
        idempotent_token (str | Unset):
        body (AppJobDescription): A job made from an App. The answer of get_job_description has
            one more member, Id, the id of the job.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[SynchronousInstance]
    """

    kwargs = get_kwargs(
        body=body,
        idempotent_token=idempotent_token,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: AppJobDescription,
    idempotent_token: str | Unset = UNSET,
) -> SynchronousInstance | None:
    """Run an App and wait for it

     Start a job from an App and wait until it has ended. The answer is the run itself, not an
    id. Only App jobs can be run this way. The key sync has no value; a server recognises the
    variant by the presence of the key. The connection stays open for as long as the run takes,
    so a client needs a long read timeout.

    The status of success is 200; no source but a client that accepts every 2xx speaks about it.

    Args:
        idempotent_token (str | Unset):
        body (AppJobDescription): A job made from an App. The answer of get_job_description has
            one more member, Id, the id of the job.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        SynchronousInstance
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotent_token=idempotent_token,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: AppJobDescription,
    idempotent_token: str | Unset = UNSET,
) -> Response[SynchronousInstance]:
    """Run an App and wait for it

     Start a job from an App and wait until it has ended. The answer is the run itself, not an
    id. Only App jobs can be run this way. The key sync has no value; a server recognises the
    variant by the presence of the key. The connection stays open for as long as the run takes,
    so a client needs a long read timeout.

    The status of success is 200; no source but a client that accepts every 2xx speaks about it.

    Args:
        idempotent_token (str | Unset):
        body (AppJobDescription): A job made from an App. The answer of get_job_description has
            one more member, Id, the id of the job.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[SynchronousInstance]
    """

    kwargs = get_kwargs(
        body=body,
        idempotent_token=idempotent_token,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: AppJobDescription,
    idempotent_token: str | Unset = UNSET,
) -> SynchronousInstance | None:
    """Run an App and wait for it

     Start a job from an App and wait until it has ended. The answer is the run itself, not an
    id. Only App jobs can be run this way. The key sync has no value; a server recognises the
    variant by the presence of the key. The connection stays open for as long as the run takes,
    so a client needs a long read timeout.

    The status of success is 200; no source but a client that accepts every 2xx speaks about it.

    Args:
        idempotent_token (str | Unset):
        body (AppJobDescription): A job made from an App. The answer of get_job_description has
            one more member, Id, the id of the job.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        SynchronousInstance
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotent_token=idempotent_token,
        )
    ).parsed
