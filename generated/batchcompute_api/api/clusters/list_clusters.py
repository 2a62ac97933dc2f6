# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.cluster_list import ClusterList
from ...types import UNSET, Response, Unset


def get_kwargs(
    *,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["Marker"] = marker

    params["MaxItemCount"] = max_item_count

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/clusters",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ClusterList | None:
    if response.status_code == 200:
        response_200 = ClusterList.from_dict(response.json())

        return response_200

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ClusterList]:
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
) -> Response[ClusterList]:
    """List clusters

     List the caller's clusters, one page at a time, ascending by id.

    Args:
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ClusterList]
    """

    kwargs = get_kwargs(
        marker=marker,
        max_item_count=max_item_count,
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
) -> ClusterList | None:
    """List clusters

     List the caller's clusters, one page at a time, ascending by id.

    Args:
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ClusterList
    """

    return sync_detailed(
        client=client,
        marker=marker,
        max_item_count=max_item_count,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
) -> Response[ClusterList]:
    """List clusters

     List the caller's clusters, one page at a time, ascending by id.

    Args:
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ClusterList]
    """

    kwargs = get_kwargs(
        marker=marker,
        max_item_count=max_item_count,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
) -> ClusterList | None:
    """List clusters

     List the caller's clusters, one page at a time, ascending by id.

    Args:
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ClusterList
    """

    return (
        await asyncio_detailed(
            client=client,
            marker=marker,
            max_item_count=max_item_count,
        )
    ).parsed
