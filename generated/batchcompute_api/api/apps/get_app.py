# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.app import App
from ...models.app_scope import AppScope
from ...types import UNSET, Response, Unset


def get_kwargs(
    app_name: str,
    *,
    scope: AppScope | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_scope: str | Unset = UNSET
    if not isinstance(scope, Unset):
        json_scope = scope

    params["Scope"] = json_scope

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/apps/{app_name}".format(
            app_name=quote(str(app_name), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> App | None:
    if response.status_code == 200:
        response_200 = App.from_dict(response.json())

        return response_200

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[App]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    app_name: str,
    *,
    client: AuthenticatedClient | Client,
    scope: AppScope | Unset = UNSET,
) -> Response[App]:
    """Get the public face of an App

     Get name, parameters and resource settings of an App, without command line, image or environment.

    Args:
        app_name (str):
        scope (AppScope | Unset): Whose Apps: public ones, or the caller's own.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[App]
    """

    kwargs = get_kwargs(
        app_name=app_name,
        scope=scope,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    app_name: str,
    *,
    client: AuthenticatedClient | Client,
    scope: AppScope | Unset = UNSET,
) -> App | None:
    """Get the public face of an App

     Get name, parameters and resource settings of an App, without command line, image or environment.

    Args:
        app_name (str):
        scope (AppScope | Unset): Whose Apps: public ones, or the caller's own.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        App
    """

    return sync_detailed(
        app_name=app_name,
        client=client,
        scope=scope,
    ).parsed


async def asyncio_detailed(
    app_name: str,
    *,
    client: AuthenticatedClient | Client,
    scope: AppScope | Unset = UNSET,
) -> Response[App]:
    """Get the public face of an App

     Get name, parameters and resource settings of an App, without command line, image or environment.

    Args:
        app_name (str):
        scope (AppScope | Unset): Whose Apps: public ones, or the caller's own.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[App]
    """

    kwargs = get_kwargs(
        app_name=app_name,
        scope=scope,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    app_name: str,
    *,
    client: AuthenticatedClient | Client,
    scope: AppScope | Unset = UNSET,
) -> App | None:
    """Get the public face of an App

     Get name, parameters and resource settings of an App, without command line, image or environment.

    Args:
        app_name (str):
        scope (AppScope | Unset): Whose Apps: public ones, or the caller's own.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        App
    """

    return (
        await asyncio_detailed(
            app_name=app_name,
            client=client,
            scope=scope,
        )
    ).parsed
