# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.app_job_description import AppJobDescription
from ...models.job_description import JobDescription
from ...types import Response


def get_kwargs(
    job_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "params": {"description": ""},
        "url": "/jobs/{job_id}".format(
            job_id=quote(str(job_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AppJobDescription | JobDescription | None:
    if response.status_code == 200:

        def _parse_response_200(data: object) -> AppJobDescription | JobDescription:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_any_job_description_type_0 = JobDescription.from_dict(
                    cast("dict[str, Any]", data)
                )

                return componentsschemas_any_job_description_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_any_job_description_type_1 = AppJobDescription.from_dict(
                cast("dict[str, Any]", data)
            )

            return componentsschemas_any_job_description_type_1

        response_200 = _parse_response_200(response.json())

        return response_200

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[AppJobDescription | JobDescription]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    job_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[AppJobDescription | JobDescription]:
    """Get the description of a job

     Get what the job was made from: the submitted body, echoed with its empty members, always with Type
    and with the members that have an x-echo-default, with Priority kept current, and with the member Id
    (the job id) added. The key description has no value; a server recognises the variant by the
    presence of the key.

    Args:
        job_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AppJobDescription | JobDescription]
    """

    kwargs = get_kwargs(
        job_id=job_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    job_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> AppJobDescription | JobDescription | None:
    """Get the description of a job

     Get what the job was made from: the submitted body, echoed with its empty members, always with Type
    and with the members that have an x-echo-default, with Priority kept current, and with the member Id
    (the job id) added. The key description has no value; a server recognises the variant by the
    presence of the key.

    Args:
        job_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AppJobDescription | JobDescription
    """

    return sync_detailed(
        job_id=job_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    job_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[AppJobDescription | JobDescription]:
    """Get the description of a job

     Get what the job was made from: the submitted body, echoed with its empty members, always with Type
    and with the members that have an x-echo-default, with Priority kept current, and with the member Id
    (the job id) added. The key description has no value; a server recognises the variant by the
    presence of the key.

    Args:
        job_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AppJobDescription | JobDescription]
    """

    kwargs = get_kwargs(
        job_id=job_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    job_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> AppJobDescription | JobDescription | None:
    """Get the description of a job

     Get what the job was made from: the submitted body, echoed with its empty members, always with Type
    and with the members that have an x-echo-default, with Priority kept current, and with the member Id
    (the job id) added. The key description has no value; a server recognises the variant by the
    presence of the key.

    Args:
        job_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AppJobDescription | JobDescription
    """

    return (
        await asyncio_detailed(
            job_id=job_id,
            client=client,
        )
    ).parsed
