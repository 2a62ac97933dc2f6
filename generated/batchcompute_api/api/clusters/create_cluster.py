# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.cluster_description import ClusterDescription
from ...models.create_result import CreateResult
from ...types import UNSET, Response, Unset


def get_kwargs(
    *,
    body: ClusterDescription,
    idempotent_token: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    params["IdempotentToken"] = idempotent_token

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/clusters",
        "params": params,
    }

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
    body: ClusterDescription,
    idempotent_token: str | Unset = UNSET,
) -> Response[CreateResult]:
    """Create a cluster

     Create a cluster. It is Active at once, and its VMs are started afterwards.

    Errors: 400 MissingName, InvalidName, MissingGroups, InvalidGroups, InvalidDesiredVMCount
    and MissingConfigs.Networks.VPC.OppositeRouterId, ...OppositeAccessPointId,
    ...OppositeRegionId when an express connection is asked for without them; 403
    QuotaExhausted.

    Args:
        idempotent_token (str | Unset):
        body (ClusterDescription): A cluster to make.

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
    body: ClusterDescription,
    idempotent_token: str | Unset = UNSET,
) -> CreateResult | None:
    """Create a cluster

     Create a cluster. It is Active at once, and its VMs are started afterwards.

    Errors: 400 MissingName, InvalidName, MissingGroups, InvalidGroups, InvalidDesiredVMCount
    and MissingConfigs.Networks.VPC.OppositeRouterId, ...OppositeAccessPointId,
    ...OppositeRegionId when an express connection is asked for without them; 403
    QuotaExhausted.

    Args:
        idempotent_token (str | Unset):
        body (ClusterDescription): A cluster to make.

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
    body: ClusterDescription,
    idempotent_token: str | Unset = UNSET,
) -> Response[CreateResult]:
    """Create a cluster

     Create a cluster. It is Active at once, and its VMs are started afterwards.

    Errors: 400 MissingName, InvalidName, MissingGroups, InvalidGroups, InvalidDesiredVMCount
    and MissingConfigs.Networks.VPC.OppositeRouterId, ...OppositeAccessPointId,
    ...OppositeRegionId when an express connection is asked for without them; 403
    QuotaExhausted.

    Args:
        idempotent_token (str | Unset):
        body (ClusterDescription): A cluster to make.

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
    body: ClusterDescription,
    idempotent_token: str | Unset = UNSET,
) -> CreateResult | None:
    """Create a cluster

     Create a cluster. It is Active at once, and its VMs are started afterwards.

    Errors: 400 MissingName, InvalidName, MissingGroups, InvalidGroups, InvalidDesiredVMCount
    and MissingConfigs.Networks.VPC.OppositeRouterId, ...OppositeAccessPointId,
    ...OppositeRegionId when an express connection is asked for without them; 403
    QuotaExhausted.

    Args:
        idempotent_token (str | Unset):
        body (ClusterDescription): A cluster to make.

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
