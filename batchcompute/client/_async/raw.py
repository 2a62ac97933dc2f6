"""The operations of a client, each returning the response as it was received."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

from batchcompute._generated.api.operations.asynchronous_raw import AsyncRawOperations
from batchcompute._http.request import PreparedRequest
from batchcompute._http.response import Response
from batchcompute.client._async.clusters import AsyncClusterChanges


class AsyncRawCalls(AsyncRawOperations, AsyncClusterChanges[Response]):
    """The operations of a client, each returning the `Response` as it was received.

    They take what the client's methods take. Retries, timeouts and errors are as usual; only the
    body is left as it is.

    Args:
        send: Sends a call.
    """

    def __init__(self, send: Callable[[PreparedRequest[Any]], Any]) -> None:
        self._send_call = send

    async def _send(self, call: PreparedRequest[Any]) -> Response:
        found: Response = await self._send_call(
            PreparedRequest(call.operation, call.request, _as_it_is)
        )
        return found

    if not TYPE_CHECKING:  # type checkers know the names above, and no others

        def __getattr__(self, name: str) -> NoReturn:
            raise AttributeError(f"{name!r} is not an operation that has a response of its own")


def _as_it_is(response: Response) -> Response:
    return response
