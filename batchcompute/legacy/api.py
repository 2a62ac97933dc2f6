"""The low-level request classes of old programs, as a thin layer over the client's transport.

New programs have no use for them: `Client` has a method for every operation.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from batchcompute._http.request import PreparedRequest
from batchcompute._http.response import Response
from batchcompute.client._sync.client import Client
from batchcompute.exceptions import ClientError, JsonError
from batchcompute.legacy.http import ResponseWrapper


class CheckedApi:
    """Requests by path, with the signature and the transport of `Client`; refusals are raised.

    Args:
        endpoint: Where requests go, as `Client` takes it.
        access_id: Id of the access key.
        secret_key: Its secret.
        auth_token: Token of temporary credentials, or "".
        security: False asks for plain HTTP.
        **headers: Headers for every request.

    Raises:
        ConfigError: The endpoint is unknown or the access key incomplete.
    """

    #: Whether a refusal of the service is an exception.
    _raises = True

    def __init__(
        self,
        endpoint: str,
        access_id: str,
        secret_key: str,
        auth_token: str | None = "",
        security: bool | None = None,
        **headers: str,
    ) -> None:
        options: dict[str, Any] = dict(headers)
        self._client = Client(endpoint, access_id, secret_key, auth_token, security, **options)

    def get(
        self,
        resource: str,
        resource_id: str = "",
        attrs: Iterable[str] | None = None,
        params: Mapping[str, Any] | None = None,
        body: str | None = None,
    ) -> ResponseWrapper:
        """Send a GET request.

        Args:
            resource: First part of the path, such as `jobs`.
            resource_id: Second part, or "".
            attrs: Further parts.
            params: Query parameters; an underscore in a name becomes a hyphen.
            body: JSON text to send, or None.

        Returns:
            The response's status, headers and body.

        Raises:
            ClientError: The service refused.
            TransportError: No response came.
        """
        return self._send("get", resource, resource_id, attrs, params, body)

    def post(
        self,
        resource: str,
        resource_id: str = "",
        attrs: Iterable[str] | None = None,
        params: Mapping[str, Any] | None = None,
        body: str | None = None,
    ) -> ResponseWrapper:
        """Send a POST request; see `get`."""
        return self._send("post", resource, resource_id, attrs, params, body)

    def put(
        self,
        resource: str,
        resource_id: str = "",
        attrs: Iterable[str] | None = None,
        params: Mapping[str, Any] | None = None,
        body: str | None = None,
    ) -> ResponseWrapper:
        """Send a PUT request; see `get`."""
        return self._send("put", resource, resource_id, attrs, params, body)

    def patch(
        self,
        resource: str,
        resource_id: str = "",
        attrs: Iterable[str] | None = None,
        params: Mapping[str, Any] | None = None,
        body: str | None = None,
    ) -> ResponseWrapper:
        """Send a PATCH request; see `get`."""
        return self._send("patch", resource, resource_id, attrs, params, body)

    def delete(
        self,
        resource: str,
        resource_id: str = "",
        attrs: Iterable[str] | None = None,
        params: Mapping[str, Any] | None = None,
        body: str | None = None,
    ) -> ResponseWrapper:
        """Send a DELETE request; see `get`."""
        return self._send("delete", resource, resource_id, attrs, params, body)

    def _send(
        self,
        method: str,
        resource: str,
        resource_id: str,
        attrs: Iterable[str] | None,
        params: Mapping[str, Any] | None,
        body: str | None,
    ) -> ResponseWrapper:
        parts = [part for part in (resource, resource_id, *(attrs or ())) if part]
        path = "/" + "/".join(quote(part, safe="") for part in parts)
        request: dict[str, Any] = {
            "method": method,
            "url": path,
            "params": {name.replace("_", "-"): value for name, value in (params or {}).items()},
        }
        if body:
            try:
                request["json"] = json.loads(body)
            except ValueError:
                raise JsonError("body") from None
        try:
            # A client has no public way to send what the API does not have.
            call = PreparedRequest(f"{method.upper()} {path}", request, _wrap)
            return self._client._send(call)  # pyright: ignore[reportPrivateUsage]
        except ClientError as error:
            if self._raises:
                raise
            content = error.content
            refusal = content if isinstance(content, str) else json.dumps(content)
            return ResponseWrapper(error.status, error.headers, refusal.encode("utf-8"))


class Api(CheckedApi):
    """Like `CheckedApi`, but a refusal of the service is a response like any other."""

    _raises = False


def _wrap(response: Response) -> ResponseWrapper:
    return ResponseWrapper(response.status, response.headers, response.body)
