# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.app_description import AppDescription
from ...types import UNSET, Response, Unset


def get_kwargs(
    app_name: str,
    *,
    qualifier: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["Qualifier"] = qualifier

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/apps/{app_name}".format(
            app_name=quote(str(app_name), safe=""),
        ),
        "params": {**params, **{"Detail": "True"}},
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AppDescription | None:
    if response.status_code == 200:
        response_200 = AppDescription.from_dict(response.json())

        return response_200

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[AppDescription]:
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
    qualifier: str | Unset = UNSET,
) -> Response[AppDescription]:
    """Get the description of an App

     Get the stored description of one revision of the caller's own App, the newest if Qualifier is
    absent or empty. Public Apps do not show theirs. A server recognises the variant by the presence of
    the key Detail.

    Args:
        app_name (str):
        qualifier (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AppDescription]
    """

    kwargs = get_kwargs(
        app_name=app_name,
        qualifier=qualifier,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    app_name: str,
    *,
    client: AuthenticatedClient | Client,
    qualifier: str | Unset = UNSET,
) -> AppDescription | None:
    """Get the description of an App

     Get the stored description of one revision of the caller's own App, the newest if Qualifier is
    absent or empty. Public Apps do not show theirs. A server recognises the variant by the presence of
    the key Detail.

    Args:
        app_name (str):
        qualifier (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AppDescription
    """

    return sync_detailed(
        app_name=app_name,
        client=client,
        qualifier=qualifier,
    ).parsed


async def asyncio_detailed(
    app_name: str,
    *,
    client: AuthenticatedClient | Client,
    qualifier: str | Unset = UNSET,
) -> Response[AppDescription]:
    """Get the description of an App

     Get the stored description of one revision of the caller's own App, the newest if Qualifier is
    absent or empty. Public Apps do not show theirs. A server recognises the variant by the presence of
    the key Detail.

    Args:
        app_name (str):
        qualifier (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AppDescription]
    """

    kwargs = get_kwargs(
        app_name=app_name,
        qualifier=qualifier,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    app_name: str,
    *,
    client: AuthenticatedClient | Client,
    qualifier: str | Unset = UNSET,
) -> AppDescription | None:
    """Get the description of an App

     Get the stored description of one revision of the caller's own App, the newest if Qualifier is
    absent or empty. Public Apps do not show theirs. A server recognises the variant by the presence of
    the key Detail.

    Args:
        app_name (str):
        qualifier (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AppDescription
    """

    return (
        await asyncio_detailed(
            app_name=app_name,
            client=client,
            qualifier=qualifier,
        )
    ).parsed
