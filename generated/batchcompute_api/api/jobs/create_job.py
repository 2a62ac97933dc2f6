# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.app_job_description import AppJobDescription
from ...models.create_result import CreateResult
from ...models.job_description import JobDescription
from ...types import UNSET, Response, Unset


def get_kwargs(
    *,
    body: AppJobDescription | JobDescription,
    idempotent_token: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    params["IdempotentToken"] = idempotent_token

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/jobs",
        "params": params,
    }

    if isinstance(body, JobDescription):
        _kwargs["json"] = body.to_dict()
    else:
        _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> CreateResult | None:
    if response.status_code == 201:
        response_201 = CreateResult.from_dict(response.json())

        return response_201

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[CreateResult]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: AppJobDescription | JobDescription,
    idempotent_token: str | Unset = UNSET,
) -> Response[CreateResult]:
    """Create a job

     Create a job from a graph of tasks or from an App. The job and all its tasks and instances
    exist at once, in state Waiting.

    Repeating the request with the same IdempotentToken and the same body returns the same id
    and creates nothing; the same token with another body is refused with 400
    IdempotentTokenMismatch.

    Errors: 400 Missing{Member}, Invalid{Member}, InvalidDependencies (a dependency names a task
    that does not exist), BadDAG (the dependencies have a cycle, a task that waits for itself
    included); 403 QuotaExhausted (too many jobs).

    Args:
        idempotent_token (str | Unset):
        body (AppJobDescription | JobDescription): A job, made from a graph of tasks or from an
            App; Type tells which.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CreateResult]
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
    body: AppJobDescription | JobDescription,
    idempotent_token: str | Unset = UNSET,
) -> CreateResult | None:
    """Create a job

     Create a job from a graph of tasks or from an App. The job and all its tasks and instances
    exist at once, in state Waiting.

    Repeating the request with the same IdempotentToken and the same body returns the same id
    and creates nothing; the same token with another body is refused with 400
    IdempotentTokenMismatch.

    Errors: 400 Missing{Member}, Invalid{Member}, InvalidDependencies (a dependency names a task
    that does not exist), BadDAG (the dependencies have a cycle, a task that waits for itself
    included); 403 QuotaExhausted (too many jobs).

    Args:
        idempotent_token (str | Unset):
        body (AppJobDescription | JobDescription): A job, made from a graph of tasks or from an
            App; Type tells which.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CreateResult
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotent_token=idempotent_token,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: AppJobDescription | JobDescription,
    idempotent_token: str | Unset = UNSET,
) -> Response[CreateResult]:
    """Create a job

     Create a job from a graph of tasks or from an App. The job and all its tasks and instances
    exist at once, in state Waiting.

    Repeating the request with the same IdempotentToken and the same body returns the same id
    and creates nothing; the same token with another body is refused with 400
    IdempotentTokenMismatch.

    Errors: 400 Missing{Member}, Invalid{Member}, InvalidDependencies (a dependency names a task
    that does not exist), BadDAG (the dependencies have a cycle, a task that waits for itself
    included); 403 QuotaExhausted (too many jobs).

    Args:
        idempotent_token (str | Unset):
        body (AppJobDescription | JobDescription): A job, made from a graph of tasks or from an
            App; Type tells which.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CreateResult]
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
    body: AppJobDescription | JobDescription,
    idempotent_token: str | Unset = UNSET,
) -> CreateResult | None:
    """Create a job

     Create a job from a graph of tasks or from an App. The job and all its tasks and instances
    exist at once, in state Waiting.

    Repeating the request with the same IdempotentToken and the same body returns the same id
    and creates nothing; the same token with another body is refused with 400
    IdempotentTokenMismatch.

    Errors: 400 Missing{Member}, Invalid{Member}, InvalidDependencies (a dependency names a task
    that does not exist), BadDAG (the dependencies have a cycle, a task that waits for itself
    included); 403 QuotaExhausted (too many jobs).

    Args:
        idempotent_token (str | Unset):
        body (AppJobDescription | JobDescription): A job, made from a graph of tasks or from an
            App; Type tells which.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CreateResult
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotent_token=idempotent_token,
        )
    ).parsed
