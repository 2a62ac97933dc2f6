# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.app_list import AppList
from ...models.app_scope import AppScope
from ...types import UNSET, Response, Unset


def get_kwargs(
    *,
    scope: AppScope | Unset = UNSET,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_scope: str | Unset = UNSET
    if not isinstance(scope, Unset):
        json_scope = scope

    params["Scope"] = json_scope

    params["Marker"] = marker

    params["MaxItemCount"] = max_item_count

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/apps",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AppList | None:
    if response.status_code == 200:
        response_200 = AppList.from_dict(response.json())

        return response_200

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[AppList]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    scope: AppScope | Unset = UNSET,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
) -> Response[AppList]:
    """List Apps

     List public Apps or the caller's own, one page at a time.

    Args:
        scope (AppScope | Unset): Whose Apps: public ones, or the caller's own.
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AppList]
    """

    kwargs = get_kwargs(
        scope=scope,
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
    scope: AppScope | Unset = UNSET,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
) -> AppList | None:
    """List Apps

     List public Apps or the caller's own, one page at a time.

    Args:
        scope (AppScope | Unset): Whose Apps: public ones, or the caller's own.
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AppList
    """

    return sync_detailed(
        client=client,
        scope=scope,
        marker=marker,
        max_item_count=max_item_count,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    scope: AppScope | Unset = UNSET,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
) -> Response[AppList]:
    """List Apps

     List public Apps or the caller's own, one page at a time.

    Args:
        scope (AppScope | Unset): Whose Apps: public ones, or the caller's own.
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AppList]
    """

    kwargs = get_kwargs(
        scope=scope,
        marker=marker,
        max_item_count=max_item_count,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    scope: AppScope | Unset = UNSET,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
) -> AppList | None:
    """List Apps

     List public Apps or the caller's own, one page at a time.

    Args:
        scope (AppScope | Unset): Whose Apps: public ones, or the caller's own.
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AppList
    """

    return (
        await asyncio_detailed(
            client=client,
            scope=scope,
            marker=marker,
            max_item_count=max_item_count,
        )
    ).parsed
