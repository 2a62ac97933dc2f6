"""A client whose far side is a function; nothing here opens a socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from batchcompute import CN_SHENZHEN, Client
from batchcompute._transport import Pace


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
        return answer

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

    def pace(self) -> Pace:
        """Return this clock with the longest waits that chance allows."""
        return Pace(lambda: self.now, self.sleep, lambda: 1.0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def far_side() -> FarSide:
    return FarSide()


@pytest.fixture
def make_client(far_side: FarSide, clock: Clock) -> Iterator[Callable[..., Client]]:
    with httpx.Client(transport=httpx.MockTransport(far_side)) as http_client:

        def make(*arguments: object, **options: object) -> Client:
            given = arguments or (CN_SHENZHEN, "key-id", "s3cret-key")
            made = Client(*given, http_client=http_client, **options)  # type: ignore[arg-type]
            made._transport.pace = clock.pace()
            return made

        yield make


@pytest.fixture
def client(make_client: Callable[..., Client]) -> Client:
    return make_client()
