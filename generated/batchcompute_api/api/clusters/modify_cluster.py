# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.modify_cluster_description import ModifyClusterDescription
from ...types import Response


def get_kwargs(
    cluster_id: str,
    *,
    body: ModifyClusterDescription,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/clusters/{cluster_id}".format(
            cluster_id=quote(str(cluster_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Any | None:
    if response.status_code == 200:
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
    *,
    client: AuthenticatedClient | Client,
    body: ModifyClusterDescription,
) -> Response[Any]:
    """Change a cluster

     Change the size or the spot settings of groups, or the image, user data, environment or
    mounts that new VMs get. Members that are absent keep their value. DesiredVMCount changes at
    once, ActualVMCount follows as VMs are added or removed.

    Errors: 400 MissingGroups (nothing to change), InvalidGroups (also for a group that does not
    exist), InvalidDesiredVMCount; 409 StateConflict while the cluster is Deleting.

    Args:
        cluster_id (str):
        body (ModifyClusterDescription): Changes to a cluster. What is absent stays. At least one
            member must be given; an empty Groups beside other members changes no group.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any]
    """

    kwargs = get_kwargs(
        cluster_id=cluster_id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


async def asyncio_detailed(
    cluster_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ModifyClusterDescription,
) -> Response[Any]:
    """Change a cluster

     Change the size or the spot settings of groups, or the image, user data, environment or
    mounts that new VMs get. Members that are absent keep their value. DesiredVMCount changes at
    once, ActualVMCount follows as VMs are added or removed.

    Errors: 400 MissingGroups (nothing to change), InvalidGroups (also for a group that does not
    exist), InvalidDesiredVMCount; 409 StateConflict while the cluster is Deleting.

    Args:
        cluster_id (str):
        body (ModifyClusterDescription): Changes to a cluster. What is absent stays. At least one
            member must be given; an empty Groups beside other members changes no group.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any]
    """

    kwargs = get_kwargs(
        cluster_id=cluster_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)
