"""Connections that nobody uses for a while, as clients keep them to ask again."""

from __future__ import annotations

import asyncio

import pytest

from batchcompute.server import LocalServer
from tests.emulator.wire import Wire

#: Java's HttpClient keeps connections for 30 seconds, most others for 5.
_CLIENTS_SECONDS = 30.0


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds after which event loops made meanwhile are to do something."""
    found: list[float] = []
    later = asyncio.BaseEventLoop.call_later

    def note(self: asyncio.BaseEventLoop, delay: float, *rest: object, **more: object) -> object:
        found.append(delay)
        return later(self, delay, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(asyncio.BaseEventLoop, "call_later", note)
    return found


def test_connection_is_kept_for_longer_than_its_client_keeps_it(waits: list[float]) -> None:
    """Otherwise a request may be lost that is sent while the connection is being closed."""
    with LocalServer(boot_seconds=0) as server:
        wire = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
        # The second is answered when the first is over in every respect.
        for _ in range(2):
            wire.get("/jobs")
        # The loop itself looks around every tenth of a second.
        kept = [each for each in waits if each > 1]
        wire.close()
    assert kept
    assert min(kept) > _CLIENTS_SECONDS
