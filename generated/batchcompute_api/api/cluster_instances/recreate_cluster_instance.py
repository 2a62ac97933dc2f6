# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...types import Response


def get_kwargs(
    cluster_id: str,
    group_name: str,
    instance_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/clusters/{cluster_id}/groups/{group_name}/instances/{instance_id}/recreate".format(
            cluster_id=quote(str(cluster_id), safe=""),
            group_name=quote(str(group_name), safe=""),
            instance_id=quote(str(instance_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Any | None:
    if response.status_code == 201:
        return None

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Any]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    cluster_id: str,
    group_name: str,
    instance_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Any]:
    """Replace a VM

     Replace a VM with a new one that has another id. The old one becomes Deleting at once;
    DesiredVMCount stays. 409 StateConflict if it is being deleted already. The body of the request is
    empty or {}.

    Args:
        cluster_id (str):
        group_name (str):
        instance_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any]
    """

    kwargs = get_kwargs(
        cluster_id=cluster_id,
        group_name=group_name,
        instance_id=instance_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


async def asyncio_detailed(
    cluster_id: str,
    group_name: str,
    instance_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Any]:
    """Replace a VM

     Replace a VM with a new one that has another id. The old one becomes Deleting at once;
    DesiredVMCount stays. 409 StateConflict if it is being deleted already. The body of the request is
    empty or {}.

    Args:
        cluster_id (str):
        group_name (str):
        instance_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any]
    """

    kwargs = get_kwargs(
        cluster_id=cluster_id,
        group_name=group_name,
        instance_id=instance_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)
