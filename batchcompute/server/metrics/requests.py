"""Measuring HTTP requests around an ASGI application."""

from __future__ import annotations

import time
from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from batchcompute.server.model.asgi import OPERATION


class CountRequest(Protocol):
    """Takes what a request was; see `Instruments.request_ended`."""

    def __call__(
        self, server: str, operation: str, status: int, seconds: float, received: int, sent: int, /
    ) -> None:
        """Count one request."""


class MeasuredRequests:
    """An application whose requests are counted."""

    def __init__(self, application: ASGIApp, server: str, count: CountRequest) -> None:
        """Wrap an application.

        Args:
            application: Answers the requests.
            server: Name of it in the figures.
            count: Called after each request.
        """
        self._application = application
        self._server = server
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request and count it."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        status = received = sent = 0
        began = time.perf_counter()

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            return message

        async def send_counted(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._application(scope, receive_counted, send_counted)
        finally:
            self._count(
                self._server,
                scope.get(OPERATION, ""),
                status,
                time.perf_counter() - began,
                received,
                sent,
            )
