# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.image_list import ImageList
from ...models.image_type import ImageType
from ...types import UNSET, Response, Unset


def get_kwargs(
    *,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
    type_: ImageType | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["Marker"] = marker

    params["MaxItemCount"] = max_item_count

    json_type_: str | Unset = UNSET
    if not isinstance(type_, Unset):
        json_type_ = type_

    params["Type"] = json_type_

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/images",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ImageList | None:
    if response.status_code == 200:
        response_200 = ImageList.from_dict(response.json())

        return response_200

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ImageList]:
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
    type_: ImageType | Unset = UNSET,
) -> Response[ImageList]:
    """List images

     List the images of the system or those that the caller registered, one page at a time.

    Args:
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.
        type_ (ImageType | Unset): Whether an image belongs to the system or was registered by the
            caller.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ImageList]
    """

    kwargs = get_kwargs(
        marker=marker,
        max_item_count=max_item_count,
        type_=type_,
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
    type_: ImageType | Unset = UNSET,
) -> ImageList | None:
    """List images

     List the images of the system or those that the caller registered, one page at a time.

    Args:
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.
        type_ (ImageType | Unset): Whether an image belongs to the system or was registered by the
            caller.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ImageList
    """

    return sync_detailed(
        client=client,
        marker=marker,
        max_item_count=max_item_count,
        type_=type_,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
    type_: ImageType | Unset = UNSET,
) -> Response[ImageList]:
    """List images

     List the images of the system or those that the caller registered, one page at a time.

    Args:
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.
        type_ (ImageType | Unset): Whether an image belongs to the system or was registered by the
            caller.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ImageList]
    """

    kwargs = get_kwargs(
        marker=marker,
        max_item_count=max_item_count,
        type_=type_,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    marker: str | Unset = UNSET,
    max_item_count: int | Unset = 50,
    type_: ImageType | Unset = UNSET,
) -> ImageList | None:
    """List images

     List the images of the system or those that the caller registered, one page at a time.

    Args:
        marker (str | Unset):
        max_item_count (int | Unset):  Default: 50.
        type_ (ImageType | Unset): Whether an image belongs to the system or was registered by the
            caller.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ImageList
    """

    return (
        await asyncio_detailed(
            client=client,
            marker=marker,
            max_item_count=max_item_count,
            type_=type_,
        )
    ).parsed
