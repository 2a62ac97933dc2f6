# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.cluster_instance_list import ClusterInstanceList
from ...types import UNSET, Response, Unset


def get_kwargs(
    cluster_id: str,
    group_name: str,
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
        "url": "/clusters/{cluster_id}/groups/{group_name}/instances".format(
            cluster_id=quote(str(cluster_id), safe=""),
            group_name=quote(str(group_name), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ClusterInstanceList | None:
    if response.status_code == 200:
        response_200 = ClusterInstanceList.from_dict(response.json())

        return response_200

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ClusterInstanceList]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    cluster_id: str,
    group_name: str,
    *,
    client: AuthenticatedClient | Client,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
) -> Response[ClusterInstanceList]:
    """List the VMs of a group

     List the VMs of a cluster group, one page at a time.

    Args:
        cluster_id (str):
        group_name (str):
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ClusterInstanceList]
    """

    kwargs = get_kwargs(
        cluster_id=cluster_id,
        group_name=group_name,
        marker=marker,
        max_item_count=max_item_count,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    cluster_id: str,
    group_name: str,
    *,
    client: AuthenticatedClient | Client,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
) -> ClusterInstanceList | None:
    """List the VMs of a group

     List the VMs of a cluster group, one page at a time.

    Args:
        cluster_id (str):
        group_name (str):
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ClusterInstanceList
    """

    return sync_detailed(
        cluster_id=cluster_id,
        group_name=group_name,
        client=client,
        marker=marker,
        max_item_count=max_item_count,
    ).parsed


async def asyncio_detailed(
    cluster_id: str,
    group_name: str,
    *,
    client: AuthenticatedClient | Client,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
) -> Response[ClusterInstanceList]:
    """List the VMs of a group

     List the VMs of a cluster group, one page at a time.

    Args:
        cluster_id (str):
        group_name (str):
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ClusterInstanceList]
    """

    kwargs = get_kwargs(
        cluster_id=cluster_id,
        group_name=group_name,
        marker=marker,
        max_item_count=max_item_count,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    cluster_id: str,
    group_name: str,
    *,
    client: AuthenticatedClient | Client,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
) -> ClusterInstanceList | None:
    """List the VMs of a group

     List the VMs of a cluster group, one page at a time.

    Args:
        cluster_id (str):
        group_name (str):
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ClusterInstanceList
    """

    return (
        await asyncio_detailed(
            cluster_id=cluster_id,
            group_name=group_name,
            client=client,
            marker=marker,
            max_item_count=max_item_count,
        )
    ).parsed
