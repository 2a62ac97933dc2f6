"""A client whose far side is a function; nothing here opens a socket."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, cast

import httpx
import pytest

from batchcompute import CN_SHENZHEN, AsyncClient, Client
from batchcompute._http import retrying
from tests.blocking import Blocking


class FarSide:
    """Answers requests from a list, and remembers them."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answers: list[httpx.Response | Exception] = []
        #: Makes every answer once the list is used up.
        self.always: Callable[[], httpx.Response | Exception] = lambda: httpx.Response(
            200, json={"Id": "x-1"}
        )

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if self.answers else self.always()
        if isinstance(answer, Exception):
            raise answer
        if not hasattr(answer, "_content"):
            return answer
        # A response that was sent once cannot be sent again.
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @property
    def last(self) -> httpx.Request:
        return self.requests[-1]


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def of_transport(self) -> retrying.Clock:
        """Return this clock with the longest waits that chance allows."""
        return retrying.Clock(lambda: self.now, self.sleep, lambda: 1.0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def far_side() -> FarSide:
    return FarSide()


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(params=["sync", "async"])
def make_client(
    request: pytest.FixtureRequest, far_side: FarSide, clock: Clock, runner: asyncio.Runner
) -> Iterator[Callable[..., Client]]:
    """Return a function that makes a client; every test that uses it runs over both kinds."""
    transport = httpx.MockTransport(far_side)
    blocking = httpx.Client(transport=transport)
    waiting = httpx.AsyncClient(transport=transport)

    async def sleep(seconds: float) -> None:
        clock.sleep(seconds)

    def make(*arguments: Any, **options: Any) -> Client:
        given = arguments or (CN_SHENZHEN, "key-id", "s3cret-key")
        if request.param == "sync":
            made = Client(*given, http_client=blocking, **options)
            made._transport.clock = clock.of_transport()
            return made
        other = AsyncClient(*given, http_client=waiting, **options)
        other._transport.clock = dataclasses.replace(clock.of_transport(), sleep=sleep)
        return cast(Client, Blocking(other, runner))

    with blocking:
        yield make
    runner.run(waiting.aclose())


@pytest.fixture
def client(make_client: Callable[..., Client]) -> Client:
    return make_client()
